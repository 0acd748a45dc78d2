import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { image, wish } from './fleet.ts';
import type { Pod, Shop } from './shop.ts';
import type { Stage } from './stage.ts';
import { untilRollout } from './until-rollout.ts';
import { waitUntil } from './wait-until.ts';

const setPath = ({ namespace }: Shop): string => `/apis/apps/v1/namespaces/${namespace}/statefulsets`;

/** A StatefulSet of three whose partition leaves the first two. */
async function makeSet(shop: Shop): Promise<void> {
  const labels = { app: 'present', deployment: 'db' };
  const probe = { httpGet: { path: '/', port: 3999 }, periodSeconds: 1 };
  const container = { name: 'present', image, imagePullPolicy: 'IfNotPresent', readinessProbe: probe };
  await shop.client.create(setPath(shop), {
    metadata: { name: 'db' },
    spec: {
      ...{ replicas: 3, serviceName: 'db', podManagementPolicy: 'Parallel' },
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [container] } },
    },
  });
  await untilReady(shop);
}

async function untilReady(shop: Shop): Promise<ReadonlyMap<string, Pod>> {
  return waitUntil('three ready pods', async () => {
    const pods = await shop.pods('db');
    const isReady = ({ status }: Pod): boolean => status?.containerStatuses?.[0]?.ready === true;
    return (
      pods.length === 3 &&
      pods.every(isReady) &&
      new Map(pods.map((pod) => [pod.metadata.name, pod] as const))
    );
  });
}

async function lower(shop: Shop, partition: number): Promise<void> {
  const spec = { updateStrategy: { rollingUpdate: { partition } } };
  await shop.client.patch(`${setPath(shop)}/db`, { spec }, { type: 'merge' });
}

async function phases(shop: Shop): Promise<readonly (string | undefined)[]> {
  return (await shop.judged()).map(({ phase }) => phase);
}

/** Roll-outs whose pace somebody else sets: the author of a StatefulSet by its partition, an operator by `gofleet rollout`. */
export function steeringStory({ fleet, openShop }: Stage): void {
  test('a StatefulSet goes as far as its partition, step by step; what is below keeps what it had, restarted too', async () => {
    const shop = await openShop();
    await shop.client.delete(shop.deploymentPath());
    await waitUntil('no pod', async () => (await shop.pods()).length === 0);
    await makeSet(shop);
    const before = await untilReady(shop);
    await shop.wish(wish(shop.namespace, { rollout: { pauseSeconds: 1 } }));

    const first = await untilRollout(
      shop,
      'what the partition lets through',
      ({ phase, notes = [] }) => phase === 'Progressing' && notes.some((note) => note.includes('partition')),
    );
    expect(first.status?.rollout?.workloads).toMatchObject([
      { workload: 'StatefulSet/db', left: { pods: 2 } },
    ]);
    expect(first.status?.rollout?.notes).toEqual([
      'StatefulSet/db: its partition leaves 2 pods as they are; lower it to go on',
    ]);
    const judged = await shop.judged();
    expect(judged.map(({ phase }) => phase)).toEqual(['Pending', 'Pending', 'Verified']);
    expect(judged[0]?.reason).toContain('its StatefulSet db leaves it as it is: lower its partition');
    const now = await untilReady(shop);
    for (const name of ['db-0', 'db-1'])
      expect(now.get(name)?.metadata.uid).toBe(before.get(name)?.metadata.uid);

    await shop.client.delete(`/api/v1/namespaces/${shop.namespace}/pods/db-0`);
    await waitUntil('another db-0', async () => {
      const next = (await shop.pods('db')).find(({ metadata }) => metadata.name === 'db-0');
      return next !== undefined && next.metadata.uid !== before.get('db-0')?.metadata.uid;
    });
    await untilReady(shop);
    await waitUntil(
      'it to be judged',
      async () => (await phases(shop)).join() === 'Pending,Pending,Verified',
    );
    expect((await shop.injected('db')).filter(Boolean)).toHaveLength(1);

    await lower(shop, 1);
    await untilRollout(shop, 'the second step', ({ watchedSince, workloads = [] }) => {
      return watchedSince !== undefined && workloads[0]?.left?.pods === 1;
    });
    expect(await phases(shop)).toEqual(['Pending', 'Verified', 'Verified']);
    await lower(shop, 0);
    await untilRollout(shop, 'the end', ({ phase }) => phase === 'Completed');
    await shop.untilPhase('Verified', 3);
    await shop.unwish();
    expect(await shop.injected('db')).toEqual([false, false, false]);
  });

  test('gofleet rollout pauses, resumes, takes back and tries again', async () => {
    const shop = await openShop();
    await shop.deploy('second', 1);
    await shop.untilAvailable(1, 'second');
    const steer = (verb: string) => fleet().gofleet('rollout', verb, 'present', '-n', shop.namespace);
    const injected = async () => [await shop.injected(), await shop.injected('second')].flat();
    await expect(steer('undo')).rejects.toThrow(/there is no GoRuntime present in namespace/);
    await shop.wish(wish(shop.namespace, { rollout: { waves: [1], pauseSeconds: 3 } }));
    await untilRollout(shop, 'the first wave', ({ wave }) => wave === 1);
    expect(await steer('pause')).toContain(
      `GoRuntime ${shop.namespace}/present begins no workload and passes no wave`,
    );
    await waitUntil('the first wave to be verified', async () => (await phases(shop)).includes('Verified'));
    await sleep(5000);
    const paused = await shop.runtime();
    expect(paused.status?.rollout).toMatchObject({ phase: 'Progressing', wave: 1 });
    expect(paused.status?.summary?.state).toBe('Paused');
    const held = (await shop.judged()).find(({ phase }) => phase === 'Pending');
    expect(held?.reason).toContain('the roll-out is paused: "gofleet rollout resume"');
    expect((await injected()).filter(Boolean)).toHaveLength(1);

    expect(await steer('resume')).toContain('goes on');
    await untilRollout(shop, 'the end', ({ phase }) => phase === 'Completed');
    expect(await injected()).toEqual([true, true]);

    expect(await steer('undo')).toContain('goes from go1.23.4 back to what their images hold');
    await untilRollout(shop, 'it to be undone', ({ phase }) => phase === 'Undone');
    await waitUntil('the originals', async () => (await injected()).join() === 'false,false');
    const undone = await shop.untilPhase('Pending', 2);
    expect(undone[0]?.reason).toContain('go1.23.4 is undone: "gofleet rollout retry" tries it again');

    expect(await steer('retry')).toContain('begins again with its first wave');
    await untilRollout(shop, 'the second attempt', ({ phase }) => phase === 'Completed');
    await shop.untilPhase('Verified', 2);
    await shop.unwish();
    expect(await injected()).toEqual([false, false]);
  });
}
