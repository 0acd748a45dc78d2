import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type LabState,
  labDown,
  labExec,
  labKubectl,
  labLeftovers,
  labLoad,
  labLogs,
  labStatus,
  labUp,
} from '@gofleet/lab/lab';
import { packDockerArchive } from '@gofleet/oci/docker-archive';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { firstBuildMs } from '../inject/fleet.ts';
import { nodePod, probePods } from './pods.ts';

const [newest, oldest] = ['e2e-lab', 'e2e-old'];
let dir: string;
let image: string;
let machine: string;

/** Other tests mount small file systems in their own folders. */
function mountsOutside(folder: string): string {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.filter((line) => !line.split(' ')[4]?.startsWith(`${folder}/`)).join('\n');
}

/** What a lab must leave as it was. */
function describeMachine(): string {
  const run = (program: string, ...args: string[]) => execFileSync(program, args).toString();
  const links = run('ip', '-o', 'link').replace(/ state \S+| qlen \d+/g, '');
  const sysctls = ['kernel.panic', 'vm.overcommit_memory', 'net.ipv4.ip_forward'];
  const folders = run(
    'sh',
    '-c',
    'ls -d /var/lib/cni /var/lib/containerd /opt/containerd /opt/cni /opt/nri /run/containerd 2>&1 || true',
  );
  return [
    links,
    run('nft', 'list', 'ruleset'),
    mountsOutside(tmpdir()),
    run('sysctl', ...sysctls),
    folders,
  ].join('\n');
}

beforeAll(async () => {
  await Promise.all([labDown(newest), labDown(oldest)]);
  machine = describeMachine();
  dir = await mkdtemp(join(tmpdir(), 'gofleet-e2e-lab-'));
  const probe = join(dir, 'probe');
  execFileSync('go', ['build', '-trimpath', '-o', probe, '.'], {
    cwd: join(import.meta.dirname, 'probe'),
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
  });
  image = join(dir, 'probe.tar');
  const files = [{ path: '/probe', source: probe, mode: 0o755 }];
  await packDockerArchive(
    { repoTag: 'gofleet.dev/e2e/probe:1', entrypoint: ['/probe'], user: '65532', files },
    image,
  );
});

afterAll(async () => {
  await Promise.all([labDown(newest), labDown(oldest)]);
  await rm(dir, { recursive: true, force: true });
});

async function kubectl(name: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await labKubectl(name, args);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function apply(name: string, manifest: string): Promise<void> {
  const path = join(dir, 'manifest.json');
  await writeFile(path, manifest);
  await kubectl(name, 'apply', '-f', path);
}

/** Puts the probe into a lab and answers what a pod of it found. */
async function probeIn(state: LabState): Promise<Record<string, string>> {
  await labLoad(state.name, [image]);
  await apply(state.name, probePods(state.moduleMirror));
  await kubectl(state.name, 'wait', '--for=condition=Ready', 'pod/web', '--timeout=60s');
  await kubectl(state.name, 'delete', 'pod', 'check', '--grace-period=0', '--force');
  await apply(state.name, probePods(state.moduleMirror));
  await kubectl(state.name, 'wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/check', '--timeout=60s');
  return JSON.parse(await kubectl(state.name, 'logs', 'check')) as Record<string, string>;
}

function expectPromisesKept(found: Record<string, string>, version: string): void {
  expect(found.lookup).toMatch(/^10\.96\.\d+\.\d+$/);
  expect(found.short).toBe('10.96.0.1');
  expect(found.outside).toMatch(/no such host/);
  expect(found.service).toMatch(/^200 hello from web/);
  expect(found.api).toContain(`"gitVersion": "v${version}"`);
  expect(found.mirror).toMatch(/^200 .*v0\.20\.0/);
  expect(found.sumdb).toMatch(/^200/);
}

test(
  'a lab of the newest release runs pods that reach names, Services, the API and Go modules',
  async () => {
    const state = await labUp({ name: newest, kubernetes: '1.36' });
    expect(state.kubernetes).toBe('1.36.3');
    expectPromisesKept(await probeIn(state), '1.36.3');
  },
  firstBuildMs,
);

test('up of a running lab answers the same lab', async () => {
  const before = await labStatus(newest);
  const again = await labUp({ name: newest, kubernetes: '1.36' });
  expect(before.state).toBe('running');
  expect(again).toEqual(before.lab);
  await expect(labUp({ name: newest, kubernetes: '1.24' })).rejects.toMatchObject({ code: 'lab.name-taken' });
});

test('exec, logs, programs of the node and its components can be looked into', async () => {
  expect(await kubectl(newest, 'logs', 'web')).toContain('serving');
  expect(await kubectl(newest, 'exec', 'web', '--', '/probe', 'check')).toContain('"short":"10.96.0.1"');
  expect((await labExec(newest, ['ctr', 'images', 'ls', '-q'])).stdout).toContain('gofleet.dev/e2e/probe:1');
  expect(await readFile(await labLogs(newest, 'kubelet'), 'utf8')).toContain('Started kubelet');
  await expect(labLogs(newest, 'nothing')).rejects.toMatchObject({ code: 'lab.no-such-log' });
});

test('a mount made in a privileged pod is seen by the node', async () => {
  await apply(newest, nodePod());
  await kubectl(newest, 'wait', '--for=condition=Ready', 'pod/plugin', '--timeout=60s');
  await kubectl(
    newest,
    'exec',
    'plugin',
    '--',
    '/probe',
    'bind',
    '/var/lib/kubelet/from',
    '/var/lib/kubelet/to',
  );
  const seen = await labExec(newest, ['grep', '-c', ' /var/lib/kubelet/to ', '/proc/self/mountinfo']);
  expect(seen.stdout).toBe('1\n');
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain('/var/lib/kubelet');
});

test(
  'a lab of the oldest release stands beside it',
  async () => {
    const state = await labUp({ name: oldest, kubernetes: '1.24' });
    expect(state.kubernetes).toBe('1.24.17');
    expectPromisesKept(await probeIn(state), '1.24.17');
    expect((await labStatus(newest)).state).toBe('running');
  },
  firstBuildMs,
);

test('a killed lab is broken, and down leaves nothing of it', async () => {
  const { lab } = await labStatus(oldest);
  process.kill(lab?.processes.launcher?.pid ?? 0, 'SIGKILL');
  await sleep(1_500);
  expect((await labStatus(oldest)).state).toBe('broken');
  expect((await labDown(oldest)).cleaned.length).toBeGreaterThan(0);
  expect(await labLeftovers(oldest)).toEqual([]);
  expect((await labDown(oldest)).cleaned).toEqual([]);
  expect((await labStatus(newest)).state).toBe('running');
});

test('an interrupted up leaves nothing', async () => {
  const interrupt = new AbortController();
  const starting = labUp({ name: oldest, kubernetes: '1.24', signal: interrupt.signal });
  setTimeout(() => interrupt.abort(), 2_000);
  await expect(starting).rejects.toMatchObject({ code: 'lab.interrupted' });
  expect(await labLeftovers(oldest)).toEqual([]);
});

test('a killed lab is replaced by the next up', async () => {
  const { lab } = await labStatus(newest);
  process.kill(lab?.processes.init?.pid ?? 0, 'SIGKILL');
  await sleep(500);
  const state = await labUp({ name: newest, kubernetes: '1.36' });
  expect(state.processes.init).not.toEqual(lab?.processes.init);
  expect((await labStatus(newest)).state).toBe('running');
});

test('after down the machine is as it was', async () => {
  await labDown(newest);
  expect(await labLeftovers(newest)).toEqual([]);
  expect(describeMachine()).toBe(machine);
});
