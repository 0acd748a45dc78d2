import { expect, test } from 'vitest';
import { type Fleet, originalGo, tellingImage, wish } from './fleet.ts';
import { ownPods, podOf } from './own-pods.ts';
import type { Shop } from './shop.ts';
import type { Stage } from './stage.ts';
import { waitUntil } from './wait-until.ts';

const tuned = {
  mode: 'godebug',
  runtime: { goVersion: '1.20' },
  godebug: { settings: { asyncpreemptoff: '1' }, memoryLimit: {}, gcPercent: '50', maxProcs: 'FromLimit' },
} as const;

/** What the program of a shop said last. */
async function told({ client }: Fleet, shop: Shop, deployment: string): Promise<string> {
  const [pod] = await shop.pods(deployment);
  const path = `/api/v1/namespaces/${shop.namespace}/pods/${pod?.metadata.name}/log`;
  return waitUntil(`${deployment} to tell`, async () =>
    (await client.getText(path)).trim().split('\n').at(-1),
  );
}

/** What programs are told instead of being replaced. */
export function tuningStory({ fleet, openShop }: Stage): void {
  test('mode godebug: a program behaves as an older Go within the limits of its container, and goes back', async () => {
    const shop = await openShop();
    await fleet().client.delete(shop.deploymentPath());
    const resources = { limits: { memory: '64Mi', cpu: '2500m' }, requests: { cpu: '10m', memory: '10Mi' } };
    const own = [{ name: 'GODEBUG', value: 'panicnil=0' }];
    await shop.deploy('telling', 1, { other: tellingImage, container: { resources } });
    await shop.deploy('own', 1, { other: tellingImage, container: { env: own } });
    await Promise.all(['telling', 'own'].map((name) => shop.untilAvailable(1, name)));
    expect(await told(fleet(), shop, 'telling')).toMatch(
      /^panic\(nil\): panic called with nil argument.* gc: 100 limit: 9223372036854775807 /,
    );
    const before = await shop.deployment('telling');

    await shop.wish(wish(shop.namespace, tuned));
    const entries = await shop.untilPhase('Verified', 2);
    const [mine, telling] = [...entries].sort((a, b) => (a.pod < b.pod ? -1 : 1));
    expect(telling?.running).toMatchObject({
      goVersion: originalGo,
      environment: {
        GODEBUG:
          'asyncpreemptoff=1,httplaxcontentlength=1,httpmuxgo121=1,panicnil=1,tls10server=1,tlsrsakex=1,tlsunsafeekm=1',
        GOGC: '50',
        GOMAXPROCS: '3',
        GOMEMLIMIT: '60397977',
      },
    });
    expect(telling?.reason).toMatch(
      /^go1\.22\.5 runs with GODEBUG=asyncpreemptoff=1,.*, read from \/proc\/\d+\/environ on /,
    );
    expect(await told(fleet(), shop, 'telling')).toBe('panic(nil): <nil> gc: 50 limit: 60397977 procs: 3');
    expect(mine?.running?.environment).toEqual({ GODEBUG: 'panicnil=0', GOGC: '50' });
    expect(mine?.reason).toContain("GODEBUG: the pod's author set it, and that value stays");
    expect((await shop.runtime()).status?.builds ?? []).toEqual([]);

    await shop.patchWish({ godebug: { settings: { asyncpremptoff: '1' } } });
    const failed = await shop.untilPhase('Failed', 2);
    expect(failed[0]?.reason).toMatch(
      /^asyncpremptoff is no setting of any Go from 1\.21 on, and would be ignored silently/,
    );

    await shop.unwish();
    expect(await shop.injected('telling')).toEqual([false]);
    expect((await shop.deployment('telling')).spec).toEqual(before.spec);
    expect(await told(fleet(), shop, 'telling')).toMatch(/ gc: 100 limit: 9223372036854775807 /);
  });

  test('a program is told which build it is from its start, where the wish asks for it, and no more when it does not', async () => {
    const shop = await openShop();
    const before = await shop.deployment();
    await shop.wish(wish(shop.namespace, { identity: { environment: true } }));
    const [entry] = await shop.untilPhase('Verified', 1);
    const { buildId, fingerprint } = entry?.running ?? {};
    expect([buildId, fingerprint]).toEqual([
      expect.stringContaining('/'),
      expect.stringMatching(/^[0-9a-f]{12}$/),
    ]);
    const environment = async () => (await shop.pods())[0]?.spec.containers[0]?.env ?? [];
    expect(await environment()).toEqual([
      { name: 'GOFLEET_BUILD_ID', value: buildId },
      { name: 'GOFLEET_FINGERPRINT', value: fingerprint },
    ]);
    // Whoever looks for that build in gofleet's own logs finds who touched it.
    for (const [role, message] of [
      ['controller', 'pod patched'],
      ['node', 'mounted'],
    ] as const) {
      const { metadata } = await podOf(fleet(), role);
      const lines = (await fleet().client.getText(`${ownPods}/${metadata.name}/log`)).split('\n');
      const found = lines.filter((line) => line.includes(`"${message}"`) && line.includes(buildId ?? ''));
      expect(found[0]).toContain(`"fingerprint":"${fingerprint}"`);
    }
    await shop.patchWish({ identity: { environment: false } });
    await waitUntil('a pod that is not told', async () => {
      const pods = await shop.pods();
      return pods.length === 1 && (await environment()).length === 0;
    });
    await shop.untilPhase('Verified', 1);
    await shop.unwish();
    expect((await shop.deployment()).spec).toEqual(before.spec);
  });

  test('an operator is told what it is declared to understand, behind its own arguments, and no other is', async () => {
    const shop = await openShop();
    await fleet().client.delete(shop.deploymentPath());
    const container = { command: ['/telling'], args: ['--leader-elect'] };
    await shop.deploy('operator', 1, { other: tellingImage, container });
    await shop.untilAvailable(1, 'operator');
    const before = await shop.deployment('operator');
    const understands = {
      maxConcurrentReconciles: '--max-concurrent-reconciles',
      priorityQueue: 'env:QUEUE',
    };
    const switches = {
      maxConcurrentReconciles: { value: 5 },
      priorityQueue: true,
      featureGates: { A: true },
      understands,
    };
    await shop.wish(wish(shop.namespace, { mode: 'godebug', runtime: { goVersion: '>=1.13' }, switches }));
    const [entry] = await shop.untilPhase('Verified', 1);
    expect(entry?.running?.switches).toEqual(['--max-concurrent-reconciles=5', 'QUEUE=true']);
    expect(entry?.reason).toMatch(/began with --max-concurrent-reconciles=5 QUEUE=true$/);
    expect(entry?.reason).toContain('featureGates: nobody declared that the operator understands it');
    expect(await told(fleet(), shop, 'operator')).toBe(
      'args: [--leader-elect --max-concurrent-reconciles=5] queue: true',
    );
    await shop.unwish();
    expect((await shop.deployment('operator')).spec).toEqual(before.spec);
  });
}
