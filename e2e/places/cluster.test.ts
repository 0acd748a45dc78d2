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
});
