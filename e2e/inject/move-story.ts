import { expect, test } from 'vitest';
import { wish } from './fleet.ts';
import { reviews } from './own-pods.ts';
import type { Stage } from './stage.ts';
import { waitUntil } from './wait-until.ts';

/** The way there and back, and whom it does not concern. */
export function moveStory({ fleet, openShop }: Stage): void {
  test('a deployment moves to the wished Go, verified from its process, and back to exactly what it was', async () => {
    const shop = await openShop();
    const before = { deployment: await shop.deployment(), pod: (await shop.pods())[0] };
    await shop.wish(wish(shop.namespace));
    const [entry] = await shop.untilPhase('Verified', 1);
    expect(entry?.running).toMatchObject({ goVersion: 'go1.23.4', path: '/present' });
    expect(entry?.running?.source).toMatch(/^\/proc\/\d+\/exe on /);
    const [pod] = await shop.pods();
    expect(pod?.status?.containerStatuses?.[0]?.imageID).toBe(
      before.pod?.status?.containerStatuses?.[0]?.imageID,
    );
    expect(pod?.spec.containers[0]?.image).toBe(before.pod?.spec.containers[0]?.image);
    expect(
      await waitUntil('Ready', async () =>
        (await shop.runtime()).status?.conditions?.find(
          ({ type, status }) => type === 'Ready' && status === 'True',
        ),
      ),
    ).toBeTruthy();

    await shop.unwish();
    expect(await shop.injected()).toEqual([false]);
    expect((await shop.deployment()).spec).toEqual(before.deployment.spec);
  });

  test('a workload that is younger than the wish is injected at once, and restored', async () => {
    const shop = await openShop();
    await shop.wish(wish(shop.namespace));
    await shop.untilPhase('Verified', 1);
    await shop.deploy('young', 1);
    await shop.untilPhase('Verified', 2);
    expect(await shop.injected('young')).toEqual([true]);
    const { spec } = await shop.deployment('young');
    expect(spec.template.metadata.annotations).toBeUndefined();
    await shop.unwish();
    expect(await shop.injected('young')).not.toContain(true);
    expect((await shop.deployment('young')).spec).toEqual(spec);
  });

  test('pods that no wish selects never reach the webhook', async () => {
    const shop = await openShop();
    await shop.wish(wish(shop.namespace));
    await shop.untilPhase('Verified', 1);
    const before = await reviews(fleet());
    const other = await openShop();
    await shop.deploy('opted-out', 1, { labels: { 'gofleet.dev/inject': 'false' } });
    await shop.untilAvailable(1, 'opted-out');
    expect(await shop.injected('opted-out')).toEqual([false]);
    expect(await other.injected()).toEqual([false]);
    expect(await reviews(fleet())).toBe(before);
    const webhooks = await fleet().client.get<{ webhooks: { namespaceSelector: unknown }[] }>(
      '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/gofleet-webhook',
    );
    expect(JSON.stringify(webhooks)).not.toContain('kube-system');
    await shop.unwish();
  });
}
