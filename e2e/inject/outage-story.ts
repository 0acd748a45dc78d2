import { expect, test } from 'vitest';
import { wish } from './fleet.ts';
import { kill, podOf, scaleController } from './own-pods.ts';
import type { Stage } from './stage.ts';
import { waitUntil } from './wait-until.ts';
import { watchAvailability } from './watch-availability.ts';

/** What happens while a role of gofleet is away. */
export function outageStory({ fleet, openShop }: Stage): void {
  test('webhook down while pods are created: they start, are reported, and are repaired when the wish says so', async () => {
    const shop = await openShop();
    await shop.wish(wish(shop.namespace));
    await shop.untilPhase('Verified', 1);
    // Until then it is the roll-out that repairs.
    await waitUntil(
      'the end of the roll-out',
      async () => (await shop.runtime()).status?.rollout?.phase === 'Completed',
    );
    await scaleController(fleet(), 0);
    await fleet().client.patch(shop.deploymentPath(), { spec: { replicas: 3 } }, { type: 'merge' });
    await shop.untilAvailable(3);
    expect((await shop.injected()).filter(Boolean)).toHaveLength(1);

    await scaleController(fleet(), 1);
    const found = await waitUntil('two reported pods', async () => {
      const pods = (await shop.judged()).filter(({ phase }) => phase === 'Ineffective');
      return pods.length === 2 && pods;
    });
    expect(found[0]?.reason).toMatch(/started uninjected although go1\.23\.4 was ready.*repair is Report/);
    const pods = (await shop.pods()).map(({ metadata }) => metadata.uid).sort();
    await new Promise((resolve) => setTimeout(resolve, 5000));
    expect((await shop.pods()).map(({ metadata }) => metadata.uid).sort()).toEqual(pods);

    const availability = watchAvailability(shop);
    await shop.patchWish({ repair: 'Restart' });
    await shop.untilPhase('Verified', 3);
    expect(await availability.stop()).toBe(3);
    await shop.unwish();
  });

  test('controller killed in the middle of a roll-out: it goes on, and no pod is missing meanwhile', async () => {
    const shop = await openShop(4);
    const availability = watchAvailability(shop);
    await shop.wish(wish(shop.namespace));
    await waitUntil('the first injected pod', async () => (await shop.injected()).includes(true), {
      timeoutMs: 400_000,
    });
    await kill(fleet(), 'controller');
    await shop.untilPhase('Verified', 4);
    expect(await availability.stop()).toBe(4);
    await shop.unwish();
  });

  test('a wish deleted in the middle of its roll-out leaves nothing behind', async () => {
    const shop = await openShop(4);
    const before = await shop.deployment();
    const availability = watchAvailability(shop);
    await shop.wish(wish(shop.namespace));
    await waitUntil('the first injected pod', async () => (await shop.injected()).includes(true), {
      timeoutMs: 400_000,
    });
    await shop.unwish();
    await shop.untilAvailable(4);
    expect(await shop.injected()).toEqual([false, false, false, false]);
    expect((await shop.deployment()).spec).toEqual(before.spec);
    expect(await availability.stop()).toBe(4);
  });

  test('node plugin killed while pods run: they go on, and new ones can start', async () => {
    const shop = await openShop();
    await shop.wish(wish(shop.namespace));
    await shop.untilPhase('Verified', 1);
    const [pod] = await shop.pods();
    await kill(fleet(), 'node');
    await podOf(fleet(), 'node');
    const [same] = await shop.pods();
    expect(same?.status?.containerStatuses?.[0]).toEqual(pod?.status?.containerStatuses?.[0]);
    await fleet().client.patch(shop.deploymentPath(), { spec: { replicas: 2 } }, { type: 'merge' });
    await shop.untilPhase('Verified', 2);
    await shop.unwish();
  });
}
