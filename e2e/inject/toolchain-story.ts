import type { KubeObject } from '@gofleet/kube/kube-object';
import { expect, test } from 'vitest';
import { type Fleet, runnerImage, wish } from './fleet.ts';
import type { Shop } from './shop.ts';
import type { Stage } from './stage.ts';
import { waitUntil } from './wait-until.ts';

const [standard, further] = ['go1.23.4', 'go1.22.5'];

/** The last round of what the program of the image says of its two directories. */
async function lastRound(fleet: Fleet, shop: Shop): Promise<readonly string[]> {
  const [pod] = await shop.pods('runner');
  const path = `/api/v1/namespaces/${shop.namespace}/pods/${pod?.metadata.name}/log`;
  const text = await fleet.client.getText(`${path}?tailLines=8`).catch(() => '');
  const lines = text.trimEnd().split('\n');
  const [plain, pinned] = ['plain: ', 'pinned: '].map((name) =>
    lines.findLast((line) => line.startsWith(name)),
  );
  return [plain ?? '', pinned ?? ''];
}

/** Mode toolchain, in a lab of other tests. */
export function toolchainStory({ fleet, openShop }: Stage): void {
  test('mode toolchain: a pod that executes go finds two releases, each directory its own, and goes back', async () => {
    const shop = await openShop();
    await fleet().client.delete(shop.deploymentPath());
    await shop.deploy('runner', 1, { other: runnerImage });
    await shop.untilAvailable(1, 'runner');
    const before = await shop.deployment('runner');
    expect((await lastRound(fleet(), shop))[0]).toMatch(/^plain: .*executable file not found/);

    const runtime = { goVersion: standard.slice(2) };
    await shop.wish(
      wish(shop.namespace, { mode: 'toolchain', runtime, toolchain: { releases: ['1.22.5'] } }),
    );
    const [entry] = await shop.untilPhase('Verified', 1);
    expect(entry?.running?.toolchain?.mounts.map(({ goVersion }) => goVersion).sort()).toEqual([
      further,
      standard,
    ]);
    expect(entry?.reason).toMatch(/^finds go1\.23\.4, go1\.22\.5, read from \/proc\/\d+\/mountinfo on /);
    const round = await waitUntil('two programs to be built', async () => {
      const lines = await lastRound(fleet(), shop);
      return lines.every((line) => line.includes('built by')) && lines;
    });
    expect(round).toEqual([
      `plain: built by ${standard} with GOCACHE=/opt/gofleet/cache/${standard}`,
      `pinned: built by ${further} with GOCACHE=/opt/gofleet/cache/${further}`,
    ]);
    const { status } = await shop.runtime();
    expect(status?.toolchain?.releases?.map(({ h1 }) => h1)).toEqual([
      expect.stringMatching(/^h1:/),
      expect.stringMatching(/^h1:/),
    ]);
    expect(status?.searchPaths?.find(({ image }) => image === runnerImage)?.path).toBe('/usr/bin:/bin');

    await shop.unwish();
    expect(await shop.injected('runner')).toEqual([false]);
    expect((await shop.deployment('runner')).spec).toEqual(before.spec);
    const { items } = await fleet().client.list<KubeObject>(`/api/v1/namespaces/${shop.namespace}/pods`);
    expect(JSON.stringify(items)).not.toContain('/opt/gofleet');
  });
}
