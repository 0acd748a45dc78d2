import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials, type ServiceDefinition, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { services } from './wire-schema.ts';

// Real bind mounts. The outer mount namespace stands for the node: its folder is shared with the plugin's own, as kubelet's is.
// Both die with their processes. Needs root.
const canMount = process.getuid?.() === 0;
const content = Buffer.from('an executable');
const artefact = createHash('sha256').update(content).digest('hex');

let dir: string;
let served: Buffer;
let requests: number;
/** What the builder waits for before it answers. */
let beforeAnswer: Promise<unknown>;
let builder: Server;
let outer: ChildProcess;
let plugin: ChildProcess;
let said: string;

async function startOuter(): Promise<void> {
  const share = 'mount --bind "$0" "$0" && mount --make-shared "$0" && echo shared && exec sleep infinity';
  outer = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', share, dir]);
  await once(outer.stdout as NodeJS.ReadableStream, 'data');
}

async function startPlugin(): Promise<void> {
  const url = `http://127.0.0.1:${(builder.address() as AddressInfo).port}`;
  const script = join(import.meta.dirname, 'testing-plugin.ts');
  const namespaces = [
    `--mount=/proc/${outer.pid}/ns/mnt`,
    'unshare',
    '--mount',
    '--propagation',
    'unchanged',
  ];
  plugin = spawn('nsenter', [...namespaces, process.execPath, script, dir, url]);
  said = '';
  plugin.stdout?.on('data', (text) => {
    said += text;
  });
  while (!said.includes('ready')) await once(plugin.stdout as NodeJS.ReadableStream, 'data');
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function call(
  service: ServiceDefinition,
  method: string,
  request: object,
  { socket, timeoutMs = 60_000 }: { socket: string; timeoutMs?: number },
): Promise<unknown> {
  // The authority that kubelet of 1.24 sends.
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), {
    'grpc.default_authority': socket,
  });
  const { path, requestSerialize, responseDeserialize } = service[method] as ServiceDefinition[string];
  return new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + timeoutMs };
    client.makeUnaryRequest(
      ...([path, requestSerialize, responseDeserialize, request, options] as const),
      (error, response) => {
        client.close();
        return error ? reject(error) : resolve(response);
      },
    );
  });
}

const csi = (method: string, request: object = {}, timeoutMs?: number) =>
  call(services.node, method, request, {
    socket: join(dir, 'plugins/csi.gofleet.dev/csi.sock'),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });

const publish = (targetPath: string, attributes: Record<string, string> = { artefact }, timeoutMs?: number) =>
  csi(
    'NodePublishVolume',
    { volumeId: 'v1', targetPath, readonly: true, volumeContext: attributes },
    timeoutMs,
  );

const target = () => join(dir, 'pods/uid/volumes/kubernetes.io~csi/gofleet-0/mount');
/** The path as the node has it. */
const inside = (path: string) => `/proc/${outer.pid}/root${path}`;
const mountsOf = (child: ChildProcess) => readFileSync(`/proc/${child.pid}/mountinfo`, 'utf8').split('\n');

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-csi-'));
  served = content;
  requests = 0;
  beforeAnswer = Promise.resolve();
  builder = createServer((_request, response) => {
    requests += 1;
    void beforeAnswer.then(() => response.end(served));
  }).listen(0, '127.0.0.1');
  await once(builder, 'listening');
  if (!canMount) return;
  await startOuter();
  await startPlugin();
});

afterEach(async () => {
  for (const child of canMount ? [plugin, outer] : []) await kill(child);
  builder.close();
  rmSync(dir, { recursive: true, force: true });
});

test.runIf(canMount)('kubelet is told which driver listens where', async () => {
  const socket = join(dir, 'plugins_registry/csi.gofleet.dev-reg.sock');
  expect(await call(services.registration, 'GetInfo', {}, { socket })).toEqual({
    type: 'CSIPlugin',
    name: 'csi.gofleet.dev',
    endpoint: join(dir, 'plugins/csi.gofleet.dev/csi.sock'),
    supportedVersions: ['1.0.0'],
  });
  expect(await csi('NodeGetInfo')).toEqual({ nodeId: 'node-under-test' });
});

test.runIf(canMount)('an artefact is mounted as a read-only file, once, and taken away again', async () => {
  await Promise.all([publish(target()), publish(join(dir, 'pods/other/mount'))]);
  await publish(target());
  expect(requests).toBe(1);
  expect(readFileSync(inside(target()))).toEqual(content);
  expect(statSync(inside(target())).mode & 0o777).toBe(0o555);
  expect(() => writeFileSync(inside(target()), 'x')).toThrow('EROFS');
  for (const child of [outer, plugin]) {
    const mounts = mountsOf(child).filter((line) => line.includes(target()));
    expect(mounts).toEqual([expect.stringContaining(`${target()} ro,nosuid,nodev`)]);
  }

  await csi('NodeUnpublishVolume', { volumeId: 'v1', targetPath: target() });
  await csi('NodeUnpublishVolume', { volumeId: 'v1', targetPath: target() });
  expect(() => statSync(inside(target()))).toThrow('ENOENT');
});

test.runIf(canMount)('what is fetched after kubelet gave up and the pod went is not mounted', async () => {
  const gate = Promise.withResolvers<void>();
  beforeAnswer = gate.promise;
  await expect(publish(target(), { artefact }, 300)).rejects.toMatchObject({
    code: status.DEADLINE_EXCEEDED,
  });
  await csi('NodeUnpublishVolume', { volumeId: 'v1', targetPath: target() });
  gate.resolve();
  await vi.waitFor(() => expect(said).toMatch(/^(mounted|NodePublishVolume failed)$/m), { timeout: 10_000 });
  expect(said).toContain('fetched');
  expect(() => statSync(inside(target()))).toThrow('ENOENT');
  // Asked anew, it is there at once.
  await publish(target());
  expect(readFileSync(inside(target()))).toEqual(content);
  expect(requests).toBe(1);
});

test.runIf(canMount)('a plugin that was killed is replaced on its stale sockets', async () => {
  await publish(target());
  await kill(plugin);
  await startPlugin();
  await publish(target());
  expect(readFileSync(inside(target()))).toEqual(content);
  expect(requests).toBe(1);
});

test.runIf(canMount)('a corrupt file of the store is refused and fetched again', async () => {
  await publish(target());
  const stored = join(dir, 'plugins/csi.gofleet.dev/store/sha256', artefact.slice(0, 2), artefact.slice(2));
  writeFileSync(stored, 'an executablE');
  await publish(join(dir, 'pods/next/mount'));
  expect(readFileSync(inside(join(dir, 'pods/next/mount')))).toEqual(content);
  expect(said).toContain('build.corrupt-artefact');
  expect(requests).toBe(2);
});

test.runIf(canMount)('what the builder sends is not trusted', async () => {
  served = Buffer.from('something else');
  await expect(publish(target())).rejects.toMatchObject({ code: status.UNAVAILABLE });
  expect(() => statSync(inside(target()))).toThrow('ENOENT');
});

test.runIf(canMount)('requests that make no sense are refused', async () => {
  await expect(publish('/etc/passwd')).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  await expect(publish(`${dir}/../x`)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  await expect(publish(target(), { artefact: '../x' })).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
  });
  await expect(publish(target(), {})).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
});
