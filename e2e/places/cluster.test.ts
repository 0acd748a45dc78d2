import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isUsable } from '@gofleet/inject/release-fact';
import { releaseFacts } from '@gofleet/inject/release-facts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Fleet, image, originalGo, startFleet, wish } from '../inject/fleet.ts';
import { Shop } from '../inject/shop.ts';
import { waitUntil } from '../inject/wait-until.ts';

let fleet: Fleet;
let shop: Shop;

beforeAll(async () => {
  fleet = await startFleet('places');
  shop = new Shop(fleet.client, 'places');
  await shop.open(2);
});
afterAll(() => fleet?.end());

interface Found {
  readonly path: string;
  readonly goVersion?: string;
  readonly pids: readonly number[];
  readonly pod: { readonly name: string };
}

async function scanShop(): Promise<Found[]> {
  return JSON.parse(await fleet.gofleet('scan', '--cluster', '-n', shop.namespace, '--json')) as Found[];
}

test('what runs in a cluster, with pod, container, image and node', async () => {
  const found = await scanShop();
  const names = (await shop.pods()).map(({ metadata }) => metadata.name).sort();
  expect(found.map(({ pod }) => pod.name).sort()).toEqual(names);
  for (const { path, pod, ...program } of found) {
    expect(path).toBe(`places/${pod.name}/present!/present`);
    expect(program).toMatchObject({
      goVersion: originalGo,
      main: { path: 'golang.org/x/tools' },
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      pids: [expect.any(Number)],
    });
    expect(pod).toMatchObject({
      namespace: 'places',
      container: 'present',
      image,
      imageId: expect.stringContaining('sha256:'),
      node: expect.any(String),
    });
  }
});

test('a table for eyes, and a bill of materials of what runs', async () => {
  expect(await fleet.gofleet('scan', '--cluster', '-n', shop.namespace)).toContain(originalGo);
  const bill = JSON.parse(
    await fleet.gofleet('scan', '--cluster', '-n', shop.namespace, '--format', 'cyclonedx'),
  ) as { components: { name: string; version?: string }[] };
  expect(bill.components).toContainEqual(expect.objectContaining({ name: 'stdlib', version: '1.22.5' }));
});

test('a namespace with no pods gives nothing', async () => {
  expect(await fleet.gofleet('scan', '--cluster', '-n', 'nowhere', '--json')).toBe('[]\n');
});

interface Survey {
  readonly surveyedAt: string;
  readonly groupVersions: readonly string[];
  readonly apis: readonly { id: string; served: boolean }[];
  readonly nodes: readonly Record<string, unknown>[];
  readonly pools: readonly Record<string, unknown>[];
  readonly unlabelledNamespaces: readonly string[];
}

async function survey(...args: readonly string[]): Promise<Survey> {
  return JSON.parse(await fleet.gofleet('cluster', '--json', ...args)) as Survey;
}

test('what the cluster can do: what it serves agrees with the release table, its node executes what is mounted', async () => {
  const found = await survey();
  expect(found.nodes).toMatchObject([
    {
      ...{ os: 'linux', kubelet: 'v1.36.3', runtime: expect.stringMatching(/^containerd:/), isReady: true },
      ...{ plugin: 'answers', canExecute: true },
    },
  ]);
  expect(found.pools).toMatchObject([{ pool: 'default', delivery: 'csi' }]);
  expect(found.unlabelledNamespaces).toEqual([]);
  expect(found.groupVersions).toContain('gofleet.dev/v1alpha1');
  const expected = releaseFacts
    .filter(({ id }) => id.includes('/'))
    .map((fact) => [fact.id, isUsable(fact, 36)]);
  expect(found.apis.map(({ id, served }) => [id, served])).toEqual(expected);
  const table = await fleet.gofleet('cluster');
  expect(table).toMatch(/as of .* ago/);
  expect(table).toMatch(/default +1 +csi /);
});

test('an answer is kept for a while, and asked for anew when told', async () => {
  const first = await survey();
  expect((await survey()).surveyedAt).toBe(first.surveyedAt);
  expect((await survey('--refresh')).surveyedAt > first.surveyedAt).toBe(true);
});

interface Checked {
  readonly namespaces: readonly {
    readonly findings: readonly { code: string }[];
    readonly objects: readonly { name: string; runtimes: string[]; findings: readonly { code: string }[] }[];
  }[];
}

/** The codes of everything that preflight finds, and how it ended. */
async function preflight(...args: readonly string[]): Promise<{ code: number; found: string[] }> {
  const run = fleet.gofleet('preflight', '-n', shop.namespace, '--json', ...args);
  const { code, stdout } = await run.then(
    (text) => ({ code: 0, stdout: text }),
    (thrown: { code: number; stdout: string }) => thrown,
  );
  const { namespaces } = JSON.parse(stdout) as Checked;
  const all = namespaces.flatMap(({ findings, objects }) => [
    ...findings,
    ...objects.flatMap((object) => object.findings),
  ]);
  return { code, found: all.map((finding) => finding.code) };
}

test('preflight: what stands against a wish in this cluster', async () => {
  expect(await preflight()).toEqual({ code: 0, found: [] });
  await shop.wish(wish(shop.namespace, { runtime: { goVersion: '1.99.9' } }));
  await shop.untilPhase('Failed', 2);
  expect(await preflight('deploy/present')).toEqual({ code: 1, found: ['preflight.wish-refused'] });
  const quotas = `/api/v1/namespaces/${shop.namespace}/resourcequotas`;
  await fleet.client.create(quotas, { metadata: { name: 'full' }, spec: { hard: { pods: '2' } } });
  await waitUntil('the quota to be counted', async () => {
    const { status } = await fleet.client.get<{ status?: { used?: { pods?: string } } }>(`${quotas}/full`);
    return status?.used?.pods === '2';
  });
  expect((await preflight()).found).toEqual(['preflight.wish-refused', 'preflight.quota']);
  await fleet.client.delete(`${quotas}/full`);
  await expect(fleet.gofleet('preflight', '-n', shop.namespace, 'deploy/nothing')).rejects.toMatchObject({
    code: 3,
    stderr: expect.stringContaining('cli.no-such-object'),
  });
});

test("inject: a manifest against the cluster's wishes", async () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: shop.namespace, labels: { app: 'present' } },
    spec: { containers: [{ name: 'present', image }] },
  };
  const file = join(fleet.lab.dir, 'pod.json');
  await writeFile(file, JSON.stringify(pod));
  await expect(fleet.gofleet('inject', '--cluster', '-f', file, '--json')).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/"runtime": "present"[\s\S]*"outcome": "refused"[\s\S]*1\.99\.9/),
  });
});

test('a node without its plugin is told, with the way out', async () => {
  const path = '/apis/apps/v1/namespaces/gofleet-system/daemonsets/gofleet-node';
  const select = (nodeSelector: Record<string, string | null>): Promise<unknown> =>
    fleet.client.patch(path, { spec: { template: { spec: { nodeSelector } } } }, { type: 'merge' });
  await select({ nobody: 'here' });
  await waitUntil(
    'the node plugin is gone',
    async () => {
      const pods = await fleet.client.list('/api/v1/namespaces/gofleet-system/pods', {
        labelSelector: 'app.kubernetes.io/name=gofleet-node',
      });
      return pods.items.length === 0 || undefined;
    },
    { timeoutMs: 60_000 },
  );
  await expect(scanShop()).rejects.toMatchObject({
    code: 3,
    stdout: expect.stringContaining('cli.no-node-plugin'),
  });
  const { nodes, pools } = await survey('--refresh');
  expect(nodes).toMatchObject([{ plugin: 'absent', canExecute: 'unknown' }]);
  expect(pools).toMatchObject([
    { delivery: 'none', reason: expect.stringMatching(/^no node plugin runs on /) },
  ]);
});
