import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { labKubectl } from '@gofleet/lab/lab';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Fleet, originalGo, runnerImage, startFleet, wish } from '../inject/fleet.ts';
import { type Pod, Shop } from '../inject/shop.ts';
import { waitUntil } from '../inject/wait-until.ts';

let fleet: Fleet;
let shop: Shop;

beforeAll(async () => {
  fleet = await startFleet('e2e-node');
  shop = new Shop(fleet.client, 'node');
  await shop.open(1);
  await shop.wish(wish(shop.namespace));
  await shop.untilPhase('Verified', 1);
});
afterAll(() => fleet?.end());

/** Where a store keeps an artefact. */
const inStore = (store: string, artefact: string) =>
  join(store, 'sha256', artefact.slice(0, 2), artefact.slice(2));
const nodeStore = () => join(fleet.lab.dir, 'kubelet/plugins/csi.gofleet.dev/store');
const onNode = (artefact: string) => inStore(nodeStore(), artefact);
const inBuilder = (artefact: string) => inStore(join(cacheRoot(), 'e2e-builder/store'), artefact);

/** One byte becomes another. The file is replaced, for one that runs cannot be written to. */
function corrupt(path: string): void {
  const bytes = readFileSync(path);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  writeFileSync(`${path}.corrupt`, bytes, { mode: 0o555 });
  renameSync(`${path}.corrupt`, path);
}

/** One byte becomes another, in the place where it is, and the time of the last change stays, as when a disk rots. */
function rot(path: string): void {
  const { atime, mtime } = statSync(path);
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, 1000);
  byte[0] = (byte[0] ?? 0) ^ 1;
  writeSync(file, byte, 0, 1, 1000);
  closeSync(file);
  utimesSync(path, atime, mtime);
}

const sha256Of = (path: string): string =>
  existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';

/** Starts the plugin anew with these arguments besides. */
async function restartPlugin(...args: readonly string[]): Promise<void> {
  const path = '/spec/template/spec/containers/0/args/-';
  const patch = JSON.stringify(args.map((value) => ({ op: 'add', path, value })));
  const ofPlugin = ['-n', 'gofleet-system', 'ds/gofleet-node'];
  await labKubectl('e2e-node', ['patch', ...ofPlugin, '--type=json', '-p', patch]);
  const { code, stderr } = await labKubectl('e2e-node', ['rollout', 'status', ...ofPlugin, '--timeout=120s']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

async function logOf(role: string): Promise<string> {
  const pods = '/api/v1/namespaces/gofleet-system/pods';
  const { items } = await fleet.client.list<KubeObject>(pods, {
    labelSelector: `app.kubernetes.io/name=gofleet-${role}`,
  });
  return await fleet.client.getText(`${pods}/${items[0]?.metadata.name}/log`);
}

async function artefact(): Promise<string> {
  const [build] = (await shop.runtime()).status?.builds ?? [];
  return build?.artefact ?? '';
}

const containerOf = (pod: Pod | undefined) => pod?.status?.containerStatuses?.[0];

async function scale(replicas: number): Promise<void> {
  await fleet.client.patch(shop.deploymentPath(), { spec: { replicas } }, { type: 'merge' });
  await shop.untilPhase('Verified', replicas);
}

test('what runs is reported within two seconds of its start', async () => {
  await scale(2);
  const pods = await shop.judged();
  expect(pods).toHaveLength(2);
  for (const { pod, running } of pods) {
    const { status } = await fleet.client.get<{
      status: { containerStatuses: { state: { running: { startedAt: string } } }[] };
    }>(`/api/v1/namespaces/${shop.namespace}/pods/${pod}`);
    const startedAt = Date.parse(status.containerStatuses[0]?.state.running.startedAt ?? '');
    // The start is told in whole seconds.
    expect(Date.parse(running?.observedAt ?? '') - startedAt).toBeLessThan(3000);
  }
  await scale(1);
});

test('pods say which build runs in them, as their node read it', async () => {
  const [entry] = await shop.untilPhase('Verified', 1);
  const { goVersion, buildId, fingerprint } = entry?.running ?? {};
  expect([goVersion, buildId]).toEqual(['go1.23.4', expect.stringMatching(/^\S+\/\S+\/\S+\/\S+$/)]);
  const told = await waitUntil('the annotation', async () => {
    const [pod] = await shop.pods();
    return pod?.metadata.annotations?.['gofleet.dev/running'];
  });
  expect(JSON.parse(told)).toEqual({ present: { goVersion, buildId, fingerprint } });
});

test("one byte of the node's artefact changes: refused, fetched again, and nothing that runs is disturbed", async () => {
  const [before] = await shop.pods();
  corrupt(onNode(await artefact()));
  await scale(2);
  expect(await logOf('node')).toContain('build.corrupt-artefact');
  const pods = await shop.pods();
  const same = pods.find(({ metadata }) => metadata.uid === before?.metadata.uid);
  expect(containerOf(same)).toEqual(containerOf(before));
  await scale(1);
});

test('what rots on the node is found without a pod that asks, and fetched again', async () => {
  await restartPlugin('--recheck-every', '5');
  await scale(0);
  const name = await artefact();
  rot(onNode(name));
  expect(sha256Of(onNode(name))).not.toBe(name);
  await waitUntil('a sound artefact', async () => sha256Of(onNode(name)) === name);
  expect(await logOf('node')).toContain('an artefact is not what it was: fetched again');
  await scale(1);
});

test('a release that rots while pods see it stays whole for them and is told; the next pod gets a sound one', async () => {
  const runners = new Shop(fleet.client, 'runners');
  await fleet.client.create('/api/v1/namespaces', { metadata: { name: runners.namespace } });
  await runners.deploy('runner', 1, { other: runnerImage });
  await runners.untilAvailable(1, 'runner');
  await runners.wish(wish(runners.namespace, { mode: 'toolchain' }));
  await runners.untilPhase('Verified', 1);
  const [release] = (await runners.runtime()).status?.toolchain?.releases ?? [];
  const { artefact: name = '' } = release ?? {};
  const trees = join(nodeStore(), 'toolchains');
  const file = join(trees, name.slice(0, 2), name.slice(2), 'src/fmt/print.go');
  const before = sha256Of(file);
  rot(file);
  expect(sha256Of(file)).not.toBe(before);
  await waitUntil('a sound release', async () => sha256Of(file) === before);
  expect(readdirSync(join(trees, 'removed'))).toHaveLength(1);
  const [entry] = await runners.untilPhase('Ineffective', 1);
  expect(entry?.reason).toContain('go1.23.4');
  const [pod] = await runners.pods('runner');
  const path = `/api/v1/namespaces/${runners.namespace}/pods/${pod?.metadata.name}`;
  const builds = async () =>
    (await fleet.client.getText(`${path}/log?sinceSeconds=2`)).includes('plain: built by go1.23.4');
  await waitUntil('the pod to build with what it sees', builds);
  await fleet.client.delete(path);
  await runners.untilPhase('Verified', 1);
  await runners.unwish();
  await waitUntil(
    'nothing of it to be left',
    async () => !existsSync(file) && readdirSync(join(trees, 'removed')).length === 0,
  );
});

test("one byte of the builder's artefact changes: never served, built again", async () => {
  const name = await artefact();
  corrupt(inBuilder(name));
  rmSync(onNode(name));
  await scale(2);
  expect(await logOf('builder')).toContain('build.corrupt-artefact');
  expect(await artefact()).toBe(name);
  await scale(1);
});

test('an artefact that is deleted while a pod runs it: the pod goes on, the next one gets it built again', async () => {
  const [before] = await shop.pods();
  const name = await artefact();
  rmSync(onNode(name));
  rmSync(inBuilder(name));
  await scale(2);
  const pods = await shop.pods();
  const same = pods.find(({ metadata }) => metadata.uid === before?.metadata.uid);
  expect(containerOf(same)).toEqual(containerOf(before));
  expect([sha256Of(onNode(name)), sha256Of(inBuilder(name))]).toEqual([name, name]);
  await scale(1);
});

test('the builder killed: what is ready stays ready, and pods start without it', async () => {
  const path = '/apis/apps/v1/namespaces/gofleet-system/deployments/gofleet-builder';
  await fleet.client.patch(path, { spec: { replicas: 0 } }, { type: 'merge' });
  await scale(2);
  await fleet.client.patch(path, { spec: { replicas: 1 } }, { type: 'merge' });
  await waitUntil('the builder', async () => (await logOf('builder').catch(() => '')).includes('"ready"'));
  expect((await shop.runtime()).status?.builds).toMatchObject([{ phase: 'Ready' }]);
  await scale(1);
});

test('a program that is no Go program is told as such, and left alone', async () => {
  const other = new Shop(fleet.client, 'other');
  await fleet.client.create('/api/v1/namespaces', { metadata: { name: other.namespace } });
  const image = 'docker.io/gofleet/gofleet:0.1.0';
  const command = ['/gofleet/node', '-e', 'setInterval(() => {}, 1e6)'];
  await fleet.client.create(`/api/v1/namespaces/${other.namespace}/pods`, {
    metadata: { name: 'js', labels: { app: 'present' } },
    spec: { containers: [{ name: 'js', image, command, imagePullPolicy: 'IfNotPresent' }] },
  });
  await other.wish(wish(other.namespace));
  const entry = await waitUntil('the report', async () => {
    return (await other.judged()).find(({ running }) => running !== undefined);
  });
  expect(entry.running).toMatchObject({ path: '/gofleet/node', problem: expect.any(String) });
  expect(entry.running?.goVersion).toBeUndefined();
  expect((await other.runtime()).status?.binaries ?? []).toEqual([]);
  await other.unwish();
});

test('a store that is full gives up what is not mounted, and fetches it again for a pod', async () => {
  await restartPlugin('--store-max', '1MiB');
  // A pod that mounts the file as it is in the store now.
  await scale(0);
  await scale(1);
  const name = await artefact();
  const other = new Shop(fleet.client, 'other');
  // The plugin tidies up when a wish has gone.
  const tidy = async () => {
    await other.wish(wish(other.namespace));
    await other.unwish();
  };
  await tidy();
  await new Promise((resolve) => setTimeout(resolve, 8000));
  expect(sha256Of(onNode(name))).toBe(name);
  await scale(0);
  await tidy();
  await waitUntil('it to go', async () => !existsSync(onNode(name)));
  expect(await logOf('node')).toContain('removed an artefact: the store is full');
  await scale(1);
  expect(sha256Of(onNode(name))).toBe(name);
});

test('a process can be asked for after its wish is gone', async () => {
  const name = await artefact();
  await shop.unwish();
  await waitUntil('the artefact to go from the node', async () => !existsSync(onNode(name)));
  const [pod] = await shop.pods();
  expect(pod?.metadata.annotations?.['gofleet.dev/running']).toBeUndefined();
  expect(await shop.judged()).toEqual([]);
  const args = ['inspect', '--container-id', containerOf(pod)?.containerID ?? '', '--json'];
  const { stdout, stderr } = await labKubectl('e2e-node', [
    ...['-n', 'gofleet-system', 'exec', 'ds/gofleet-node', '--'],
    ...['/gofleet/node', '/gofleet/gofleet.mjs', 'node', ...args],
  ]);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({ goVersion: originalGo, path: '/present' });
});
