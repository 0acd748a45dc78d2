import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { labKubectl } from '@gofleet/lab/lab';
import { expect, test } from 'vitest';
import { meteredImage, wish } from './fleet.ts';
import type { Shop } from './shop.ts';
import type { Stage } from './stage.ts';
import { untilRollout } from './until-rollout.ts';
import { waitUntil } from './wait-until.ts';

async function eventsOf({ client, namespace }: Shop, reason: string): Promise<readonly string[]> {
  const { items } = await client.list<KubeObject & { reason: string; message: string }>(
    `/api/v1/namespaces/${namespace}/events`,
  );
  return items.filter((event) => event.reason === reason).map(({ message }) => message);
}

function conditionOf({ status }: GoRuntime, type: string) {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** A budget that allows nothing: its one pod is the least that it asks for. */
async function holdBack(shop: Shop, deployment: string): Promise<string> {
  const path = `/apis/policy/v1/namespaces/${shop.namespace}/poddisruptionbudgets`;
  await shop.client.create(path, {
    metadata: { name: 'no-less-than-one' },
    spec: { minAvailable: 1, selector: { matchLabels: { deployment } } },
  });
  return `${path}/no-less-than-one`;
}

/** Roll-outs over several workloads. */
export function rolloutStory({ fleet, openShop }: Stage): void {
  test('three deployments, wave by wave; a PodDisruptionBudget holds one until it is met', async () => {
    const shop = await openShop();
    for (const name of ['second', 'third']) await shop.deploy(name, 1, name === 'third' ? { surge: 0 } : {});
    await Promise.all(['second', 'third'].map((name) => shop.untilAvailable(1, name)));
    const budget = await holdBack(shop, 'third');
    const channels = '/apis/gofleet.dev/v1alpha1/gochannels';
    await shop.client.create(channels, {
      ...{ apiVersion: 'gofleet.dev/v1alpha1', kind: 'GoChannel', metadata: { name: 'e2e' } },
      spec: { goVersion: '1.23.4' },
    });
    const runtime = { channel: 'e2e' };
    await shop.wish(wish(shop.namespace, { runtime, rollout: { waves: [1, 2], pauseSeconds: 2 } }));

    const first = await untilRollout(shop, 'the first wave', ({ wave }) => wave === 1);
    expect(first.status?.rollout).toMatchObject({
      waves: 3,
      workloads: [{ workload: 'Deployment/present' }],
    });
    const waiting = await waitUntil('a pod that waits for its wave', async () =>
      (await shop.judged()).find(({ reason }) => reason?.includes('its wave comes later')),
    );
    expect(waiting.phase).toBe('Pending');
    expect(await shop.injected('second')).toEqual([false]);

    const held = await untilRollout(
      shop,
      'the budget to hold the last wave',
      ({ wave, notes = [] }) => wave === 3 && notes.some((note) => note.includes('no-less-than-one')),
    );
    expect(held.status?.summary).toMatchObject({ state: 'RollingOut', wave: '3/3', verified: '2/3' });
    expect(await shop.injected('third')).toEqual([false]);
    const { stdout: table } = await labKubectl(fleet().lab.name, ['get', 'goruntimes', '-n', shop.namespace]);
    expect(table).toMatch(
      /STATE +GO +WAVE +VERIFIED +READY +AGE\npresent +RollingOut +go1\.2\d\.\d+ → go1\.23\.4 +3\/3 +2\/3 +False/,
    );

    await shop.client.delete(budget);
    const done = await untilRollout(shop, 'the end', ({ phase }) => phase === 'Completed');
    expect(done.status?.rollout?.workloads).toBeUndefined();
    await shop.untilPhase('Verified', 3);
    expect(await eventsOf(shop, 'WaveBegan')).toContain('go1.23.4, wave 1 of 3: Deployment/present');
    expect(await eventsOf(shop, 'RolloutCompleted')).toEqual(['go1.23.4 has passed wave 3 of 3']);

    await shop.client.patch(`${channels}/e2e`, { spec: { goVersion: '1.24.1' } }, { type: 'merge' });
    await untilRollout(shop, 'the channel to move it', ({ to, from }) => {
      return to.id === 'go1.24.1' && from?.id === 'go1.23.4';
    });
    const wrong = `h1:${'A'.repeat(43)}=`;
    await shop.client.patch(`${channels}/e2e`, { spec: { digest: wrong } }, { type: 'merge' });
    const refused = await waitUntil('a digest that no release has', async () => {
      const built = conditionOf(await shop.runtime(), 'Built');
      return built?.reason === 'Unresolved' && built;
    });
    expect(refused.message).toContain(`GoChannel e2e pins the digest ${wrong}, and for go1.24.1 `);
    expect(refused.message).toMatch(/the checksum database has h1:[A-Za-z0-9+/]{43}=/);
    await shop.client.delete(`${channels}/e2e`);
    await shop.unwish();
  });

  test('a wave that makes a program slow goes back by itself, is not tried again, and says why in numbers', async () => {
    const shop = await openShop();
    await shop.client.delete(shop.deploymentPath());
    for (const name of ['one', 'two']) await shop.deploy(name, 1, { other: meteredImage });
    await Promise.all(['one', 'two'].map((name) => shop.untilAvailable(1, name)));
    const rollout = {
      waves: [1],
      pauseSeconds: 4,
      gate: { minSamples: 20, metrics: { port: 8080, latency: { histogram: 'piece_seconds' } } },
    };
    const godebug = (gcPercent: string) => ({ godebug: { gcPercent } });
    const runtime = { goVersion: '>=1.19' };
    await shop.wish(wish(shop.namespace, { mode: 'godebug', runtime, ...godebug('50') }));
    await untilRollout(shop, 'the first wish', ({ phase }) => phase === 'Completed');

    await shop.patchWish({ rollout, ...godebug('20') });
    const stopped = await untilRollout(shop, 'the regression', ({ phase }) => phase === 'Regressed');
    expect(stopped.status?.rollout).toMatchObject({ wave: 1, waves: 2 });
    expect(stopped.status?.rollout?.evidence).toEqual([
      expect.stringMatching(
        /^Deployment\/one: 100 % of \d+ requests took longer than \d+ ms; before, 99 % of \d+ took at most /,
      ),
    ]);
    expect(conditionOf(stopped, 'Regressed')).toMatchObject({ status: 'True', reason: 'WaveRegressed' });
    const gcPercents = async (): Promise<readonly (string | undefined)[]> =>
      (await shop.judged()).map(({ running }) => running?.environment?.GOGC);
    await waitUntil('both to run what they ran before', async () => {
      const found = await gcPercents();
      return found.length === 2 && found.every((each) => each === '50');
    });
    expect(await eventsOf(shop, 'WaveRegressed')).toHaveLength(1);
    const pods = (await Promise.all(['one', 'two'].map((name) => shop.pods(name)))).flat();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const later = (await Promise.all(['one', 'two'].map((name) => shop.pods(name)))).flat();
    expect(later.map(({ metadata }) => metadata.uid)).toEqual(pods.map(({ metadata }) => metadata.uid));

    await shop.patchWish(godebug('50'));
    await untilRollout(shop, 'a wish that the fleet has', ({ phase }) => phase === 'Completed');
    await shop.untilPhase('Verified', 2);
    await shop.unwish();
  });
}
