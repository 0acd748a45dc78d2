import { expect, test } from 'vitest';
import { type BuildingPod, testInSandbox } from './building-pod.ts';
import { originalGo, wish } from './fleet.ts';
import type { Stage } from './stage.ts';
import { waitUntil } from './wait-until.ts';

/** Adds the stories of pods that build, to the tests of a lab. */
export function sandboxStory({ fleet, openShop }: Stage): void {
  test('a changed sandbox rolls the deployment that uses it; one that is wished no more goes, and nothing stays behind', async () => {
    const shop = await openShop();
    const { client, lab } = fleet();
    await client.delete(shop.deploymentPath());
    await shop.deploy('ci', 1, {
      container: { volumeMounts: [{ name: 'work', mountPath: '/work' }] },
      pod: { volumes: [{ name: 'work', emptyDir: {} }] },
    });
    await shop.untilAvailable(1, 'ci');
    const before = await shop.deployment('ci');
    const offering = (...goVersions: string[]) => ({ volume: 'work', goVersions, goproxy: lab.moduleMirror });
    // Its program runs that release already: the sandbox is all that there is to roll for.
    const runtime = { goVersion: originalGo.replace('go', '') };
    await shop.wish(wish(shop.namespace, { runtime, sandbox: offering('1.26.8') }));
    const untilOnly = (what: string, isMeant: (args: readonly string[] | undefined) => boolean) =>
      waitUntil(
        what,
        async () => {
          const [pod, ...others] = (await shop.pods('ci')) as readonly BuildingPod[];
          const sandbox = pod?.spec.initContainers?.find(({ name }) => name === 'gofleet-sandbox');
          const isAlone = pod !== undefined && others.length === 0;
          return isAlone && isMeant(sandbox?.args as readonly string[] | undefined);
        },
        { timeoutMs: 240_000, describe: async () => (await shop.runtime()).status },
      );
    await untilOnly('a pod with a sandbox', (args) => args?.at(-1) === '/opt/gofleet/go1.26.8');
    await shop.untilAvailable(1, 'ci');
    await shop.patchWish({ sandbox: offering('1.23.4') });
    await untilOnly('a pod with the changed sandbox', (args) => args?.at(-1) === '/opt/gofleet/go1.23.4');
    await shop.untilPhase('Verified', 1);
    await shop.patchWish({ sandbox: null });
    await untilOnly('a pod without a sandbox', (args) => args === undefined);
    await shop.unwish();
    expect((await shop.deployment('ci')).spec).toEqual(before.spec);
  });

  test('a pod under Pod Security "restricted" builds and tests through a sandbox of its own', async () => {
    const shop = await openShop();
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await shop.client.patch(
      `/api/v1/namespaces/${shop.namespace}`,
      { metadata: { labels } },
      { type: 'merge' },
    );
    const { ended, said } = await testInSandbox(fleet(), shop);
    expect(ended.status?.phase, said).toBe('Succeeded');
    expect(said).toContain('--- PASS: TestM');
    expect(said).toContain('user: 1234');
    expect(said).toMatch(/token: .*no such file/);
  });
}
