import { isGofleetError } from '@gofleet/base/errors';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildsStory } from './builds-story.ts';
import { cache, cacheField, declareCaches, letReadCaches } from './cache-kind.ts';
import { checkoutStory } from './checkout-story.ts';
import { deliveryStory } from './delivery-story.ts';
import { type Fleet, fragileImage, originalGo, startFleet, tellingImage, wish } from './fleet.ts';
import { resizeStory } from './resize-story.ts';
import { rolloutStory } from './rollout-story.ts';
import { sandboxStory } from './sandbox-story.ts';
import { Shop } from './shop.ts';
import { standingStory } from './standing-story.ts';
import { toolchainStory } from './toolchain-story.ts';
import { waitUntil } from './wait-until.ts';

let fleet: Fleet;
let shops = 0;

beforeAll(async () => {
  fleet = await startFleet('e2e-inject');
});
afterAll(() => fleet?.end());

async function openShop(replicas = 1): Promise<Shop> {
  const shop = new Shop(fleet.client, `shop-${shops++}`);
  await shop.open(replicas);
  return shop;
}

const ownPods = '/api/v1/namespaces/gofleet-system/pods';
const controllerPath = '/apis/apps/v1/namespaces/gofleet-system/deployments/gofleet-controller';

async function podOf(role: string): Promise<KubeObject> {
  return waitUntil(`a pod of the ${role}`, async () => {
    const { items } = await fleet.client.list<
      KubeObject & { status?: { conditions?: { type: string; status: string }[] } }
    >(ownPods, { labelSelector: `app.kubernetes.io/name=gofleet-${role}` });
    return items.find(
      ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined &&
        status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    );
  });
}

async function kill(role: string): Promise<void> {
  const { metadata } = await podOf(role);
  await fleet.client.delete(`${ownPods}/${metadata.name}`, { gracePeriodSeconds: 0 });
}

async function scaleController(replicas: number): Promise<void> {
  await fleet.client.patch(controllerPath, { spec: { replicas } }, { type: 'merge' });
  if (replicas > 0) return void (await podOf('controller'));
  await waitUntil('the controller to go', async () => {
    const { items } = await fleet.client.list(ownPods, {
      labelSelector: 'app.kubernetes.io/name=gofleet-controller',
    });
    return items.length === 0;
  });
}

async function reviews(): Promise<number> {
  const { metadata } = await podOf('controller');
  const text = await fleet.client.getText(`${ownPods}/${metadata.name}:8081/proxy/metrics`);
  const counts = [...text.matchAll(/^gofleet_admission_reviews_total\{.*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Watches until it is told to stop; the fewest available pods that it saw. */
function watchAvailability(shop: Shop): { stop(): Promise<number> } {
  let isStopped = false;
  let fewest = Number.POSITIVE_INFINITY;
  const watching = (async () => {
    while (!isStopped) {
      fewest = Math.min(fewest, (await shop.deployment()).status?.availableReplicas ?? 0);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  return {
    stop: async () => {
      isStopped = true;
      await watching;
      return fewest;
    },
  };
}

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
  const before = await reviews();
  const other = await openShop();
  await shop.deploy('opted-out', 1, { labels: { 'gofleet.dev/inject': 'false' } });
  await shop.untilAvailable(1, 'opted-out');
  expect(await shop.injected('opted-out')).toEqual([false]);
  expect(await other.injected()).toEqual([false]);
  expect(await reviews()).toBe(before);
  const webhooks = await fleet.client.get<{ webhooks: { namespaceSelector: unknown }[] }>(
    '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/gofleet-webhook',
  );
  expect(JSON.stringify(webhooks)).not.toContain('kube-system');
  await shop.unwish();
});

test('webhook down while pods are created: they start, are reported, and are repaired when the wish says so', async () => {
  const shop = await openShop();
  await shop.wish(wish(shop.namespace));
  await shop.untilPhase('Verified', 1);
  // Until then it is the roll-out that repairs.
  await waitUntil(
    'the end of the roll-out',
    async () => (await shop.runtime()).status?.rollout?.phase === 'Completed',
  );
  await scaleController(0);
  await fleet.client.patch(shop.deploymentPath(), { spec: { replicas: 3 } }, { type: 'merge' });
  await shop.untilAvailable(3);
  expect((await shop.injected()).filter(Boolean)).toHaveLength(1);

  await scaleController(1);
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
  await kill('controller');
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
  await kill('node');
  await podOf('node');
  const [same] = await shop.pods();
  expect(same?.status?.containerStatuses?.[0]).toEqual(pod?.status?.containerStatuses?.[0]);
  await fleet.client.patch(shop.deploymentPath(), { spec: { replicas: 2 } }, { type: 'merge' });
  await shop.untilPhase('Verified', 2);
  await shop.unwish();
});

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
  await fleet.client.delete(shop.deploymentPath());
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
  await fleet.client.patch(shop.deploymentPath(), { spec: { replicas: 2 } }, { type: 'merge' });
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
  await fleet.client.delete(shop.runtimePath('younger'));
  await shop.unwish();
});

test('the version is read from a field of a custom resource, once somebody lets gofleet read it, and moves with it', async () => {
  const { client } = fleet;
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
  expect(await fleet.gofleet('status', '-n', shop.namespace)).toContain(`Cache ${shop.namespace}/shop`);
  await shop.unwish();
});

test('wishes that mean everything or nothing are refused', async () => {
  const shop = await openShop();
  const bad = [
    { selector: {} },
    { selector: { matchLabels: {} } },
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

test("an image's name moves to another content: noticed, observed afresh, relinked again", async () => {
  const shop = await openShop();
  await shop.wish(wish(shop.namespace));
  await shop.untilPhase('Verified', 1);
  await fleet.moveTag('go1.21.13');
  await fleet.client.patch(shop.deploymentPath(), { spec: { replicas: 2 } }, { type: 'merge' });
  await waitUntil('the event', async () => {
    const { items } = await fleet.client.list<KubeObject & { reason: string }>(
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

const tuned = {
  mode: 'godebug',
  runtime: { goVersion: '1.20' },
  godebug: { settings: { asyncpreemptoff: '1' }, memoryLimit: {}, gcPercent: '50', maxProcs: 'FromLimit' },
} as const;

/** What the program of a shop said last. */
async function told(shop: Shop, deployment: string): Promise<string> {
  const [pod] = await shop.pods(deployment);
  const path = `/api/v1/namespaces/${shop.namespace}/pods/${pod?.metadata.name}/log`;
  return waitUntil(`${deployment} to tell`, async () =>
    (await fleet.client.getText(path)).trim().split('\n').at(-1),
  );
}

buildsStory({ fleet: () => fleet, openShop });
checkoutStory({ fleet: () => fleet, openShop });
// Judged by how long requests take.
rolloutStory({ fleet: () => fleet, openShop });

// Each in a namespace of its own, and mostly waiting.
describe.concurrent('side by side', () => {
  test('mode godebug: a program behaves as an older Go within the limits of its container, and goes back', async () => {
    const shop = await openShop();
    await fleet.client.delete(shop.deploymentPath());
    const resources = { limits: { memory: '64Mi', cpu: '2500m' }, requests: { cpu: '10m', memory: '10Mi' } };
    const own = [{ name: 'GODEBUG', value: 'panicnil=0' }];
    await shop.deploy('telling', 1, { other: tellingImage, container: { resources } });
    await shop.deploy('own', 1, { other: tellingImage, container: { env: own } });
    await Promise.all(['telling', 'own'].map((name) => shop.untilAvailable(1, name)));
    expect(await told(shop, 'telling')).toMatch(
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
    expect(await told(shop, 'telling')).toBe('panic(nil): <nil> gc: 50 limit: 60397977 procs: 3');
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
    expect(await told(shop, 'telling')).toMatch(/ gc: 100 limit: 9223372036854775807 /);
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
      const { metadata } = await podOf(role);
      const lines = (await fleet.client.getText(`${ownPods}/${metadata.name}/log`)).split('\n');
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
    await fleet.client.delete(shop.deploymentPath());
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
    expect(await told(shop, 'operator')).toBe(
      'args: [--leader-elect --max-concurrent-reconciles=5] queue: true',
    );
    await shop.unwish();
    expect((await shop.deployment('operator')).spec).toEqual(before.spec);
  });

  toolchainStory({ fleet: () => fleet, openShop });
  sandboxStory({ fleet: () => fleet, openShop });
  deliveryStory({ fleet: () => fleet, openShop });
  standingStory({ fleet: () => fleet, openShop });
  resizeStory({ fleet: () => fleet, openShop });
});

test('uninstall restores what is still injected and removes every trace', async () => {
  const shop = await openShop();
  await shop.wish(wish(shop.namespace, { rollout: { strategy: 'OnRestart' } }));
  await shop.untilPhase('Pending', 1);
  await shop.deploy('young', 1);
  await waitUntil('the injected pod', async () => (await shop.injected('young')).includes(true));
  await fleet.gofleet('uninstall');
  expect(await shop.injected('young')).toEqual([false]);
  const collections = [
    '/api/v1/namespaces',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
    '/apis/storage.k8s.io/v1/csidrivers',
  ];
  for (const path of collections) {
    const { items } = await fleet.client.list<KubeObject>(path);
    expect(items.map(({ metadata }) => metadata.name).filter((name) => name.includes('gofleet'))).toEqual([]);
  }
});
