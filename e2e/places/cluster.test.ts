import { isUsable } from '@gofleet/inject/release-fact';
import { releaseFacts } from '@gofleet/inject/release-facts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Fleet, image, originalGo, startFleet } from '../inject/fleet.ts';
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
