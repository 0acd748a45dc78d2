import type { PodStatus } from '@gofleet/inject/runtime-status';
import { expect, test } from 'vitest';
import { tellingImage, wish } from './fleet.ts';
import type { Shop } from './shop.ts';
import type { Stage } from './stage.ts';
import { waitUntil } from './wait-until.ts';

const tuned = {
  mode: 'godebug',
  runtime: { goVersion: '>=1.19' },
  godebug: { memoryLimit: { evaluate: 'AtStart' } },
} as const;

const memoryOf = (memory: string) => ({ limits: { memory }, requests: { memory } });

async function resize(shop: Shop, deployment: string, memory: string): Promise<void> {
  const [pod] = await shop.pods(deployment);
  const path = `/api/v1/namespaces/${shop.namespace}/pods/${pod?.metadata.name}/resize`;
  const containers = [{ name: 'present', resources: memoryOf(memory) }];
  await shop.client.patch(path, { spec: { containers } }, { type: 'strategic' });
}

/** Limits that change while a pod runs, by a kubelet that sets them in place. */
export function resizeStory({ openShop }: Stage): void {
  test('a memory limit that is resized in place: GOMEMLIMIT follows when the container starts anew, and until then the status says so', async () => {
    const shop = await openShop();
    await shop.client.delete(shop.deploymentPath());
    const deploy = (name: string, restartPolicy: string) =>
      shop.deploy(name, 1, {
        other: tellingImage,
        container: {
          resources: memoryOf('64Mi'),
          resizePolicy: [{ resourceName: 'memory', restartPolicy }],
        },
      });
    await Promise.all([deploy('restarting', 'RestartContainer'), deploy('staying', 'NotRequired')]);
    await Promise.all(['restarting', 'staying'].map((name) => shop.untilAvailable(1, name)));
    await shop.wish(wish(shop.namespace, tuned));
    const begun = await shop.untilPhase('Verified', 2);
    const limits = (entries: readonly PodStatus[]) =>
      entries.map(({ running }) => running?.environment?.GOMEMLIMIT);
    expect(limits(begun)).toEqual(['64000000', '64000000']);

    await Promise.all(['restarting', 'staying'].map((name) => resize(shop, name, '128Mi')));
    const resized = await waitUntil('the resized containers to be judged', async () => {
      const entries = [...(await shop.judged())].sort((a, b) => a.pod.localeCompare(b.pod));
      const [restarted, stays] = entries;
      return (
        restarted?.phase === 'Verified' &&
        limits(entries)[0] === '128000000' &&
        stays?.phase === 'Pending' &&
        entries
      );
    });
    expect(resized[1]?.reason).toContain(
      'runs with GOMEMLIMIT=64000000 of the memory limit that it began with; it follows the limit, to 128000000, when the container starts anew',
    );
    await shop.unwish();
  });
}
