import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { BinaryFacts } from '@gofleet/identify/binary-facts';
import { fetchedMark } from '@gofleet/inject/fetched-ahead';
import { type ContainerReport, type GoPod, renderGoPod } from '@gofleet/inject/go-pod';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { NodeStatus, ObservedBinary } from '@gofleet/inject/runtime-status';
import type { SearchPath } from '@gofleet/inject/toolchain';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { makeBinary, makeBuild, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ExecutableReader } from '../read/executable-reader.ts';
import { LibraryReader } from '../read/library-reader.ts';
import { readToolchain } from '../toolchains/read-toolchain.ts';
import { type Pod, stripPod } from './pod.ts';
import { Reporter } from './reporter.ts';

const containerId = 'c'.repeat(64);
const facts = {
  goVersion: 'go1.21.5',
  os: 'linux',
  arch: 'amd64',
  buildId: 'a/b/c/d',
  fingerprint: { modules: '0123456789ab' },
  buildInfo: { package: 'example.com/operator', main: undefined, text: 'path\texample.com/operator\n' },
} as unknown as BinaryFacts;

let proc: string;
let pods: Map<string, Pod>;
let runtimes: Map<string, GoRuntime & KubeObject>;
let reports: Map<string, GoPod>;
let applied: {
  pods: (readonly ContainerReport[])[];
  nodes: (readonly NodeStatus[])[];
  binaries: ObservedBinary[];
  searchPaths: SearchPath[];
};
let fetched: Set<string>;
let problem: string | undefined;
let reporter: Reporter;

function makePod(more: { annotations?: Record<string, string>; csi?: boolean; id?: string } = {}): Pod {
  const volumes = more.csi ? [{ name: 'gofleet-0', csi: { driver: 'csi.gofleet.dev' } }] : [];
  const volumeMounts = more.csi ? [{ name: 'gofleet-0', mountPath: '/manager' }] : [];
  return stripPod({
    metadata: {
      name: 'operator-1',
      namespace: 'demo',
      uid: 'pod-uid',
      labels: { app: 'operator' },
      ...(more.annotations && { annotations: more.annotations }),
    },
    spec: { volumes, containers: [{ name: 'manager', image: 'registry.test/operator:1', volumeMounts }] },
    status: {
      containerStatuses: [
        {
          name: 'manager',
          containerID: `containerd://${more.id ?? containerId}`,
          imageID: 'id',
          state: { running: {} },
        },
      ],
    },
  });
}

function startProcess(pid: number, mountPoint = '/', id = containerId): void {
  mkdirSync(join(proc, String(pid)));
  writeFileSync(join(proc, `${pid}/cgroup`), `0::/k8s.io/${id}\n`);
  writeFileSync(join(proc, `${pid}/status`), `NSpid:\t${pid}\t1\n`);
  writeFileSync(join(proc, `${pid}/stat`), `${pid} (x) S ${'0 '.repeat(18)}5 0\n`);
  writeFileSync(join(proc, `${pid}/mountinfo`), `1 0 0:1 / / ro\n2 1 0:2 /x ${mountPoint} ro\n`);
  writeFileSync(join(proc, `${pid}/environ`), 'TOKEN=secret\0GODEBUG=panicnil=1\0');
  writeFileSync(join(proc, `${pid}/program`), 'program');
  symlinkSync(join(proc, `${pid}/program`), join(proc, `${pid}/exe`));
}

beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'gofleet-reporter-'));
  const runtime = makeRuntime() as GoRuntime & KubeObject;
  [pods, reports, runtimes] = [new Map(), new Map(), new Map([['demo/operator', runtime]])];
  const seen = {
    pods: [] as (readonly ContainerReport[])[],
    nodes: [] as (readonly NodeStatus[])[],
    binaries: [] as ObservedBinary[],
    searchPaths: [] as SearchPath[],
  };
  fetched = new Set();
  problem = undefined;
  applied = seen;
  reporter = new Reporter({
    node: 'node-a',
    pods,
    reports,
    runtimes,
    reader: new ExecutableReader(
      {
        inspectFile: async () => facts,
        hashFile: async () => ({ sha256: 'a'.repeat(64), sizeBytes: 7 }),
      },
      proc,
    ),
    isFetched: (artefact) => fetched.has(artefact),
    readToolchain: (pid) => readToolchain({ procDir: proc, pid }, (artefact) => join(proc, artefact)),
    libraries: new LibraryReader(proc),
    pathOf: async () => undefined,
    fetchProblem: () => problem,
    writer: {
      applyContainers: async (_pod, containers) => void seen.pods.push(containers),
      applyFetched: async (_runtime, nodes) => void seen.nodes.push(nodes),
      applyBinary: async (_runtime, binary) => void seen.binaries.push(binary),
      applyLibrary: async () => undefined,
      applySearchPath: async (_runtime, searchPath) => void seen.searchPaths.push(searchPath),
    },
    log: () => undefined,
    procDir: proc,
  });
});

afterEach(async () => {
  await reporter.stop();
  rmSync(proc, { recursive: true });
});

test('a running original is reported, and remembered as the original of its image', async () => {
  startProcess(100);
  const pod = makePod();
  pods.set('demo/operator-1', pod);
  reporter.podChanged(pod, undefined);
  await vi.waitFor(() => expect(applied.pods).toHaveLength(1));
  expect(applied.pods[0]).toMatchObject([
    {
      name: 'manager',
      running: {
        goVersion: 'go1.21.5',
        buildId: 'a/b/c/d',
        fingerprint: '0123456789ab',
        sha256: 'a'.repeat(64),
        environment: { GODEBUG: 'panicnil=1' },
        source: '/proc/100/exe on node-a',
      },
    },
  ]);
  expect(JSON.stringify(applied)).not.toContain('secret');
  expect(applied.binaries).toMatchObject([
    { image: 'registry.test/operator:1', sizeBytes: 7, package: 'example.com/operator' },
  ]);
});

test('what a pod says of its source is told with the original, also later, and of two answers the first stays', async () => {
  startProcess(100);
  const annotate = (version: string) =>
    makePod({ annotations: { 'org.opencontainers.image.version': version } });
  const look = async (pod: Pod, times: number): Promise<void> => {
    pods.set('demo/operator-1', pod);
    reporter.podChanged(pod, undefined);
    await vi.waitFor(() => expect(applied.pods).toHaveLength(times));
    const told = makeRuntime({ status: { binaries: applied.binaries.slice(-1) } });
    runtimes.set('demo/operator', told as GoRuntime & KubeObject);
  };
  await look(makePod(), 1);
  expect(applied.binaries).toHaveLength(1);
  expect(applied.binaries[0]).not.toHaveProperty('labels');
  await look(annotate('1.2.3'), 2);
  expect(applied.binaries[1]?.labels).toEqual({ 'org.opencontainers.image.version': '1.2.3' });
  await look(annotate('1.2.4'), 3);
  await look(makePod(), 4);
  expect(applied.binaries).toHaveLength(2);
});

test('of an image that each processor has another of, the original that was seen first stays', async () => {
  startProcess(100);
  const elsewhere = makeBinary('registry.test/operator:1', {
    path: join(proc, '100/program'),
    arch: 'arm64',
  });
  const known = makeRuntime({ status: { binaries: [elsewhere] } });
  runtimes.set('demo/operator', known as GoRuntime & KubeObject);
  const pod = makePod();
  pods.set('demo/operator-1', pod);
  reporter.podChanged(pod, undefined);
  await vi.waitFor(() => expect(applied.pods).toHaveLength(1));
  expect(applied.binaries).toEqual([]);
});

test.each([
  ['annotation', { annotations: { 'gofleet.dev/injected': injectedAnnotation() } }],
  ['volume alone', { csi: true }],
])('an injected program (told by its %s) never passes for the original', async (_, more) => {
  startProcess(100);
  const pod = makePod(more);
  pods.set('demo/operator-1', pod);
  reporter.podChanged(pod, undefined);
  await vi.waitFor(() => expect(applied.pods).toHaveLength(1));
  expect(applied.binaries).toEqual([]);
});

test('a program that lies in a volume is reported, and is no original of the image', async () => {
  startProcess(100, join(proc, '100'));
  const pod = makePod();
  pods.set('demo/operator-1', pod);
  reporter.podChanged(pod, undefined);
  await vi.waitFor(() => expect(applied.pods).toHaveLength(1));
  expect(applied.binaries).toEqual([]);
});

test('a process that is not there yet is waited for', async () => {
  const pod = makePod();
  pods.set('demo/operator-1', pod);
  reporter.podChanged(pod, undefined);
  setTimeout(() => startProcess(100), 100);
  await vi.waitFor(() => expect(applied.pods).toHaveLength(1), { timeout: 3000 });
});

test('one whose processes are not on this host is looked for ever less often; another that comes is looked for soon', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  try {
    const gaps = async (count: number): Promise<number[]> => {
      const times = [Date.now()];
      while (times.length <= count) {
        vi.advanceTimersToNextTimer();
        times.push(Date.now());
        // A look ends with the appointment for the next one.
        while (vi.getTimerCount() === 0) await turn();
      }
      return times.slice(1).map((time, at) => time - (times[at] ?? 0));
    };
    const pod = makePod();
    pods.set('demo/operator-1', pod);
    reporter.podChanged(pod, undefined);
    const [settle, ...waits] = await gaps(11);
    expect(settle).toBe(100);
    expect(waits.slice(0, 4)).toEqual([300, 300, 600, 1200]);
    expect(waits.at(-1)).toBe(30_000);

    const other = makePod({ id: 'd'.repeat(64) });
    pods.set('demo/operator-2', other);
    reporter.podChanged(other, undefined);
    expect((await gaps(4)).slice(1)).toEqual([300, 300, 600]);
    startProcess(100, '/', 'd'.repeat(64));
    const found = await gaps(3);
    expect(found.at(-1)).toBe(30_000);
  } finally {
    vi.useRealTimers();
  }
});

/** What the API server has then. */
function keepReport(uid = 'pod-uid'): void {
  const pod = { name: 'operator-1', namespace: 'demo', uid };
  reports.set('demo/operator-1', renderGoPod(pod, { containers: applied.pods.at(-1) ?? [] }));
}

test('what is known already is not written again; what stopped, or was taken away by others, is', async () => {
  startProcess(100);
  const pod = makePod();
  pods.set('demo/operator-1', pod);
  reporter.podChanged(pod, undefined);
  await vi.waitFor(() => expect(applied.nodes).toHaveLength(1));
  keepReport();
  const status = { nodes: applied.nodes[0] ?? [], binaries: applied.binaries };
  const told = makeRuntime({ status }) as GoRuntime & KubeObject;
  runtimes.set('demo/operator', told);
  reporter.runtimeChanged(told);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect([applied.pods.length, applied.nodes.length]).toEqual([1, 1]);

  reports.delete('demo/operator-1');
  reporter.reportChanged('demo/operator-1');
  await vi.waitFor(() => expect(applied.pods).toHaveLength(2));
  expect(applied.pods[1]).toEqual(applied.pods[0]);

  keepReport('uid of the pod before');
  reporter.reportChanged('demo/operator-1');
  await vi.waitFor(() => expect(applied.pods).toHaveLength(3));

  keepReport();
  const stopped = { ...pod, status: { containerStatuses: [] } };
  pods.set('demo/operator-1', stopped);
  reporter.podChanged(stopped, pod);
  await vi.waitFor(() => expect(applied.pods.at(-1)).toEqual([]));
});

test('what is taken away because the wish is being deleted is not said again', async () => {
  startProcess(100);
  const pod = makePod();
  pods.set('demo/operator-1', pod);
  reporter.podChanged(pod, undefined);
  await vi.waitFor(() => expect(applied.pods).toHaveLength(1));
  const { metadata, ...rest } = makeRuntime() as GoRuntime & KubeObject;
  const ending = { ...rest, metadata: { ...metadata, deletionTimestamp: '2026-01-02T00:00:00Z' } };
  runtimes.set('demo/operator', ending);
  reporter.reportChanged('demo/operator-1');
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(applied.pods).toHaveLength(1);
});

test('what was fetched ahead is told, as soon as it is there, by a node that runs pods of the wish', async () => {
  startProcess(100);
  const pod = makePod();
  pods.set('demo/operator-1', pod);
  const binary = makeBinary('registry.test/operator:1');
  const build = makeBuild(binary);
  const runtime = makeRuntime({ status: { builds: [build] } }) as GoRuntime & KubeObject;
  runtimes.set('demo/operator', runtime);
  reporter.podChanged(pod, undefined);
  await vi.waitFor(() => expect(applied.nodes).toEqual([[{ node: 'node-a', fetched: fetchedMark([]) }]]));
  fetched.add(build.artefact ?? '');
  reporter.artefactFetched('another');
  reporter.artefactFetched(build.artefact ?? '');
  const told = [{ node: 'node-a', fetched: fetchedMark([build.artefact ?? '']) }];
  await vi.waitFor(() => expect(applied.nodes.at(-1)).toEqual(told));

  pods.delete('demo/operator-1');
  reporter.podChanged(pod, pod);
  runtimes.set(
    'demo/operator',
    makeRuntime({ status: { builds: [build], nodes: applied.nodes.at(-1) ?? [] } }) as never,
  );
  await vi.waitFor(() => expect(applied.nodes.at(-1)).toEqual([]));
});

function injectedAnnotation(): string {
  const injection = { container: 'manager', runtime: 'operator', goVersion: 'go1.26.8', artefact: 'x' };
  return JSON.stringify([{ ...injection, path: '/manager', imageId: 'id' }]);
}

test('for a wish of mode toolchain: what the main process finds, and PATH of an image that nothing was injected into', async () => {
  startProcess(100);
  startProcess(101);
  writeFileSync(join(proc, '100/environ'), 'TOKEN=secret\0PATH=/usr/bin:/bin\0');
  runtimes.set('demo/operator', makeRuntime({ spec: { mode: 'toolchain' } }) as GoRuntime & KubeObject);
  const pod = makePod();
  pods.set('demo/operator-1', pod);
  reporter.podChanged(pod, undefined);
  await vi.waitFor(() => expect(applied.searchPaths).toHaveLength(1));
  expect(applied.searchPaths).toEqual([
    { image: 'registry.test/operator:1', imageId: 'id', path: '/usr/bin:/bin' },
  ]);
  await vi.waitFor(() => expect(applied.pods).toHaveLength(1));
  expect(applied.pods[0]).toMatchObject([
    {
      running: { toolchain: { mounts: [], searchPath: '/usr/bin:/bin' }, source: '/proc/100/exe on node-a' },
    },
  ]);
  expect(applied.binaries).toEqual([]);
  expect(JSON.stringify(applied)).not.toContain('secret');
});

test('a node that cannot fetch says so, though none of the pods runs yet; and takes it back', async () => {
  const pod = { ...makePod(), status: { containerStatuses: [] } };
  pods.set('demo/operator-1', pod);
  problem = 'build.disk-full: no space';
  reporter.problemChanged();
  await vi.waitFor(() =>
    expect(applied.nodes.at(-1)).toEqual([{ node: 'node-a', fetched: fetchedMark([]), problem }]),
  );
});
