import { isGofleetError } from '@gofleet/base/errors';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { expect, test } from 'vitest';
import { cache, cacheField, declareCaches, letReadCaches } from './cache-kind.ts';
import { clientImage, fragileImage, originalGo, wish } from './fleet.ts';
import type { Stage } from './stage.ts';
import { waitUntil } from './wait-until.ts';

/** Wishes that cannot be met, that contradict each other, that change. */
export function wishStory({ fleet, openShop }: Stage): void {
  test.each([
    ['a release that does not exist', '1.99.9', /1\.99\.9/],
    ['a release that is too old to relink with', '1.17.13', /1\.21 or newer/],
  ])('%s: the reason is in the status, the pod stays as it was', async (_, goVersion, reason) => {
    const shop = await openShop();
    const [before] = await shop.pods();
    await shop.wish(wish(shop.namespace, { runtime: { goVersion } }));
    const [entry] = await shop.untilPhase('Failed', 1);
    expect(entry?.reason).toMatch(reason);
    const [after] = await shop.pods();
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(after?.status?.containerStatuses?.[0]?.restartCount).toBe(0);
    expect(entry?.running?.goVersion).toBe(originalGo);
    await shop.unwish();
  });

  test('a release that the source does not compile with: the compiler says so in the status, the pod stays as it was', async () => {
    const shop = await openShop();
    await fleet().client.delete(shop.deploymentPath());
    await shop.deploy('fragile', 1, { other: fragileImage });
    await shop.untilAvailable(1, 'fragile');
    const [before] = await shop.pods('fragile');
    await shop.wish(wish(shop.namespace, { runtime: { goVersion: '1.26.8' } }));
    const [entry] = await shop.untilPhase('Failed', 1);
    expect(entry?.reason).toMatch(/invalid array length/);
    const [after] = await shop.pods('fragile');
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(after?.status?.containerStatuses?.[0]).toEqual(before?.status?.containerStatuses?.[0]);
    await shop.unwish();
  });

  test('a release that a module in the program is too new for: refused in its words, tried when the wish says so', async () => {
    const shop = await openShop();
    await fleet().client.delete(shop.deploymentPath());
    await shop.deploy('client', 1, { other: clientImage });
    await shop.untilAvailable(1, 'client');
    const [before] = await shop.pods('client');
    await shop.wish(wish(shop.namespace));
    const [refused] = await shop.untilPhase('Failed', 1);
    expect(refused?.reason).toMatch(
      /^k8s\.io\/client-go v0\.34\.0 needs Go 1\.24\.0 or newer, the wish is go1\.23\.4/,
    );
    const built = (await shop.runtime()).status?.conditions?.find(({ type }) => type === 'Built');
    expect(built?.reason).toBe('OutsideSkew');
    await shop.patchWish({ outsideSkew: 'Warn' });
    await waitUntil('the attempt', async () => {
      const { status } = await shop.runtime();
      return status?.builds?.some(
        ({ phase, message }) => phase === 'Failed' && !message?.includes('needs Go'),
      );
    });
    const [after] = await shop.pods('client');
    expect(after?.status?.containerStatuses).toEqual(before?.status?.containerStatuses);
    await shop.unwish();
  });

  test('a selector that matches nothing says so, with what to compare, until a pod has the label', async () => {
    const shop = await openShop();
    await shop.wish(wish(shop.namespace, { selector: { matchLabels: { app: 'pressent' } } }));
    const ready = (reason: string) =>
      waitUntil(`Ready to be ${reason}`, async () => {
        const { conditions } = (await shop.runtime()).status ?? {};
        return conditions?.find((each) => each.type === 'Ready' && each.reason === reason);
      });
    expect((await ready('NoPods')).message).toContain(`kubectl get pods -n ${shop.namespace} --show-labels`);
    await shop.patchWish({ selector: { matchLabels: { app: 'present' } } });
    await shop.untilPhase('Verified', 1);
    await shop.unwish();
  });

  test('a changed wish: pods keep what they have until the next is ready, and when it never is; back to the own release', async () => {
    const shop = await openShop();
    await shop.wish(wish(shop.namespace));
    await shop.untilPhase('Verified', 1);
    const running = async (goVersion: string, pods: number): Promise<void> => {
      await waitUntil(`${pods} pods on ${goVersion}`, async () => {
        const entries = await shop.judged();
        return entries.length === pods && entries.every((entry) => entry.running?.goVersion === goVersion);
      });
    };
    await shop.patchWish({ runtime: { goVersion: '1.99.9' } });
    await shop.untilPhase('Failed', 1);
    await fleet().client.patch(shop.deploymentPath(), { spec: { replicas: 2 } }, { type: 'merge' });
    await shop.untilPhase('Failed', 2);
    await running('go1.23.4', 2);

    await shop.patchWish({ runtime: { goVersion: '1.24.1' } });
    await shop.untilPhase('Verified', 2);
    await running('go1.24.1', 2);

    await shop.patchWish({ runtime: { goVersion: originalGo.replace('go', '') } });
    await shop.untilPhase('Verified', 2);
    await running(originalGo, 2);
    expect(await shop.injected()).toEqual([false, false]);
    await shop.unwish();
  });

  test('of two wishes the older decides, and the younger says so', async () => {
    const shop = await openShop();
    await shop.wish(wish(shop.namespace));
    await shop.untilPhase('Verified', 1);
    const younger = wish(shop.namespace, { runtime: { goVersion: '1.24.1' } });
    await shop.wish({ ...younger, metadata: { ...younger.metadata, name: 'younger' } });
    const skipped = await waitUntil('the younger one to be skipped', async () => {
      return (await shop.judged('younger')).find(({ phase }) => phase === 'Skipped');
    });
    expect(skipped.reason).toBe(
      'GoRuntime present is older and decides for this container: narrow one of the two by its selector or spec.containers, or delete one',
    );
    await fleet().client.delete(shop.runtimePath('younger'));
    await shop.unwish();
  });

  test('the version is read from a field of a custom resource, once somebody lets gofleet read it, and moves with it', async () => {
    const { client } = fleet();
    const shop = await openShop();
    await declareCaches(client);
    const caches = `/apis/example.com/v1/namespaces/${shop.namespace}/caches`;
    const declared = (reason: string) =>
      waitUntil(`Declared to be ${reason}`, async () => {
        const { conditions } = (await shop.runtime()).status ?? {};
        return conditions?.find((each) => each.type === 'Declared' && each.reason === reason);
      });
    await shop.wish(wish(shop.namespace, { runtime: { from: cacheField } }));
    expect((await declared('Forbidden')).message).toContain('may not read caches.example.com');
    await letReadCaches(client);
    await declared('ObjectNotFound');
    await client.create(caches, cache('1.23.4'));
    expect((await declared('FieldRead')).message).toBe(
      `Cache ${shop.namespace}/shop .spec['runtime.example/go'] says 1.23.4`,
    );
    await shop.untilPhase('Verified', 1);

    await client.patch(`${caches}/shop`, cache('newest'), { type: 'merge' });
    expect((await declared('MalformedVersion')).message).toMatch(
      /1\.23\.4, which was read before, stays in force$/,
    );
    await client.patch(`${caches}/shop`, cache('1.24.1'), { type: 'merge' });
    await waitUntil('the program on go1.24.1', async () => {
      const [entry] = (await shop.judged()).slice(-1);
      return entry?.phase === 'Verified' && entry.running?.goVersion === 'go1.24.1';
    });
    expect(await fleet().gofleet('status', '-n', shop.namespace)).toContain(`Cache ${shop.namespace}/shop`);
    await shop.unwish();
  });

  test('wishes that mean everything or nothing are refused', async () => {
    const shop = await openShop();
    const bad = [
      { selector: {} },
      { selector: { matchLabels: {} } },
      { selector: { matchLabels: { app: 'not a value' } } },
      { selector: { matchExpressions: [{ key: 'not a key', operator: 'Exists' as const }] } },
      { selector: { matchExpressions: [{ key: 'app', operator: 'Exists' as const, values: ['x'] }] } },
      { selector: { matchExpressions: [{ key: 'app', operator: 'In' as const }] } },
      { runtime: { goVersion: '' } },
      { runtime: { goVersion: 'latest' } },
      { runtime: { goVersion: '1.23.4; rm' } },
      { runtime: {} },
      { runtime: { goVersion: '1.23.4', from: cacheField } },
      { runtime: { from: { ...cacheField, apiVersion: 'v1' } } },
    ];
    for (const spec of bad) {
      const refused = await shop.wish(wish(shop.namespace, spec)).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(isGofleetError(refused) && refused.code).toBe('kube.invalid');
    }
  });

  test('a selector that the API server would not take of a webhook says so, and keeps nobody from being served', async () => {
    const shop = await openShop();
    const odd = wish(shop.namespace, { selector: { matchLabels: { 'not a key': 'x' } } });
    await shop.wish({ ...odd, metadata: { ...odd.metadata, name: 'odd' } });
    await waitUntil('the reason', async () => {
      const { status } = await fleet().client.get<GoRuntime>(shop.runtimePath('odd'));
      return status?.conditions?.some(({ reason }) => reason === 'InvalidSelector');
    });
    await shop.wish(wish(shop.namespace));
    await shop.untilPhase('Verified', 1);
    await fleet().client.delete(shop.runtimePath('odd'));
    await shop.unwish();
  });

  test("an image's name moves to another content: noticed, observed afresh, relinked again", async () => {
    const shop = await openShop();
    await shop.wish(wish(shop.namespace));
    await shop.untilPhase('Verified', 1);
    await fleet().moveTag('go1.21.13');
    await fleet().client.patch(shop.deploymentPath(), { spec: { replicas: 2 } }, { type: 'merge' });
    await waitUntil('the event', async () => {
      const { items } = await fleet().client.list<KubeObject & { reason: string }>(
        `/api/v1/namespaces/${shop.namespace}/events`,
      );
      return items.some(({ reason }) => reason === 'ImageChanged');
    });
    // Both originals relink to the same bytes, so a pod of the image before may rightly stay.
    await waitUntil('the new content to be observed', async () => {
      const { status } = await shop.runtime();
      return status?.binaries?.[0]?.goVersion === 'go1.21.13';
    });
    await shop.untilPhase('Verified', 2);
    await shop.unwish();
  });
}
