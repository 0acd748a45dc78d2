import { isUsable } from '@gofleet/inject/release-fact';
import { releaseFacts } from '@gofleet/inject/release-facts';
import { afterAll, expect, test } from 'vitest';
import { testInSandbox } from '../inject/building-pod.ts';
import { type Fleet, firstBuildMs, originalGo, startFleet, wish } from '../inject/fleet.ts';
import { Shop } from '../inject/shop.ts';

let fleet: Fleet | undefined;
afterAll(() => fleet?.end());

test(
  'on Kubernetes 1.24 a program moves to the wished Go and back',
  async () => {
    fleet = await startFleet('e2e-node-old', '1.24');
    const { apis, nodes } = JSON.parse(await fleet.gofleet('cluster', '--json')) as {
      apis: { id: string; served: boolean }[];
      nodes: unknown[];
    };
    const expected = releaseFacts
      .filter(({ id }) => id.includes('/'))
      .map((fact) => [fact.id, isUsable(fact, 24)]);
    expect(apis.map(({ id, served }) => [id, served])).toEqual(expected);
    expect(nodes).toMatchObject([{ kubelet: 'v1.24.17', plugin: 'answers', canExecute: true }]);
    const shop = new Shop(fleet.client, 'old');
    await shop.open(1);
    await shop.wish(wish(shop.namespace));
    const [entry] = await shop.untilPhase('Verified', 1);
    expect(entry?.running).toMatchObject({ goVersion: 'go1.23.4', path: '/present' });
    expect((await shop.runtime()).status?.binaries).toMatchObject([{ goVersion: originalGo }]);
    await shop.unwish();
    expect(await shop.injected()).toEqual([false]);
  },
  firstBuildMs,
);

// No container of such a pod has a process that is the first of its own.
test('there a sandbox is an ordinary container, and ends with its pod, also when the containers share their processes', async () => {
  if (!fleet) throw new Error('the lab did not start');
  const shop = new Shop(fleet.client, 'shared');
  await fleet.client.create('/api/v1/namespaces', { metadata: { name: shop.namespace } });
  const { ended, said } = await testInSandbox(fleet, shop, { shareProcessNamespace: true });
  expect(ended.spec.containers.map(({ name }) => name).sort()).toEqual(['gofleet-sandbox', 'main']);
  expect(ended.status?.phase, said).toBe('Succeeded');
  expect(said).toContain('--- PASS: TestM');
});
