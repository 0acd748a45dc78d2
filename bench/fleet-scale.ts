import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { goPodsPath } from '@gofleet/inject/go-pod';
import type { GoRuntime, RunningFacts } from '@gofleet/inject/go-runtime';
import { renderManifests } from '@gofleet/inject/manifests';
import { applyGoPod } from '@gofleet/kube/apply-go-pod';
import { applyStatus } from '@gofleet/kube/apply-status';
import { createKubeClient, type KubeClient } from '@gofleet/kube/client';
import { kubeconfigConnection } from '@gofleet/kube/connection';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { labDown, labUp } from '@gofleet/lab/lab';
import { makeBinary, makeBuild } from '@gofleet/testkit/go-runtime-maker';
import { applyManifests } from 'gofleet/cluster/apply-manifests';
import { createProgress } from 'gofleet/progress';
import type { Bench } from './bench.ts';

const [pods, nodes, images] = [5000, 500, 100] as const;
const lab = 'bench-scale';
const namespace = 'scale';
const wishes = `/apis/gofleet.dev/v1alpha1/namespaces/${namespace}/goruntimes`;
const target = 'go1.26.8';
const binaries = Array.from({ length: images }, (_, image) => makeBinary(`registry.example/app-${image}:1`));
const runtime: GoRuntime = {
  apiVersion: 'gofleet.dev/v1alpha1',
  kind: 'GoRuntime',
  metadata: { name: 'everything', namespace },
  spec: { selector: { matchLabels: { app: 'all' } }, runtime: { goVersion: '1.26.8' } },
};

interface SimulatedPod {
  readonly name: string;
  readonly uid: string;
  readonly number: number;
}

/** Many requests at the same time, as many nodes send them. */
async function each<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<number> {
  const startedAt = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedAt > 170_000) throw new Error(`waited 170 s for ${what}`);
    await sleep(100);
  }
  return performance.now();
}

const binaryOf = (number: number) => binaries[number % images] ?? makeBinary('');

/** A pod on a node that no kubelet serves, with the status that a kubelet would have written. */
async function makePod(client: KubeClient, number: number): Promise<SimulatedPod> {
  const { image, imageId } = binaryOf(number);
  const name = `pod-${String(number).padStart(4, '0')}`;
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const { metadata } = await client.create<KubeObject>(path, {
    metadata: { name, labels: { app: 'all' } },
    spec: {
      ...{ nodeName: `sim-${number % nodes}`, automountServiceAccountToken: false },
      containers: [{ name: 'manager', image }],
    },
  });
  const running = { state: { running: {} }, ready: true, restartCount: 0, image, imageID: imageId };
  const containerStatuses = [{ name: 'manager', containerID: `containerd://${name}`, ...running }];
  const status = { phase: 'Running', containerStatuses };
  await client.patch(`${path}/${name}/status`, { status }, { type: 'merge' });
  return { name, uid: metadata.uid ?? '', number };
}

/** What the plugin of the pod's node would have read. */
async function report(client: KubeClient, pod: SimulatedPod, goVersion: string): Promise<void> {
  const { sha256, imageId, path, buildId } = binaryOf(pod.number);
  const running: RunningFacts = {
    ...{ containerId: `containerd://${pod.name}`, imageId, sha256, path, goVersion, buildId },
    ...{ fingerprint: '0123456789ab', observedAt: '2026-01-01T00:00:00Z' },
    source: `/proc/1/exe on sim-${pod.number % nodes}`,
  };
  await applyGoPod(
    client,
    { ...pod, namespace },
    {
      fieldManager: `gofleet-node-sim-${pod.number % nodes}`,
      part: { containers: [{ name: 'manager', running }] },
    },
  );
}

async function makeFleet(client: KubeClient): Promise<readonly SimulatedPod[]> {
  const needed = new Set([
    'Namespace',
    'CustomResourceDefinition',
    'Secret',
    'Lease',
    'MutatingWebhookConfiguration',
  ]);
  const manifests = renderManifests({ image: 'none' }).filter(({ kind }) => needed.has(kind));
  const signal = new AbortController().signal;
  await applyManifests(client, manifests, { progress: createProgress({ quiet: true }), signal });
  await client.create('/api/v1/namespaces', { metadata: { name: namespace } });
  const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
  await until('the service account', () =>
    client.get(account).then(
      () => true,
      () => false,
    ),
  );
  const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);
  await each(numbers(nodes), (number) =>
    client.create('/api/v1/nodes', { metadata: { name: `sim-${number}` } }),
  );
  const made: SimulatedPod[] = [];
  await each(numbers(pods), async (number) => made.push(await makePod(client, number)));
  await each(made, (pod) => report(client, pod, 'go1.21.5'));
  return made;
}

/** The controller as a process of its own, on this machine. */
async function startController(kubeconfig: string): Promise<ChildProcess> {
  const bin = join(dirname(fileURLToPath(import.meta.url)), '../gofleet');
  const args = ['controller', '--listen-port', '0', '--health-port', '0', '--kubeconfig', kubeconfig];
  // As in its pod, whose limit Node.js derives the size of its heap from.
  const env = { ...process.env, NODE_OPTIONS: '--max-old-space-size=256' };
  const child = spawn(bin, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (text: Buffer) => text.includes('"ready"') && resolve());
    child.once('exit', (code) => reject(new Error(`the controller ended with ${code}`)));
  });
  await ready;
  return child;
}

/** Processor time in s and the most memory in MiB that a process has used. @see proc_pid_stat(5), proc_pid_status(5) */
function usageOf({ pid }: ChildProcess): { readonly cpuS: number; readonly peakRssMiB: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const peakKiB = /^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return {
    cpuS: (Number(fields[11]) + Number(fields[12])) / 100,
    peakRssMiB: Math.round(Number(peakKiB) / 1024),
  };
}

const seconds = (fromMs: number, toMs: number): number => Math.round((toMs - fromMs) / 100) / 10;

async function measure(client: KubeClient, fleet: readonly SimulatedPod[], controller: ChildProcess) {
  const wish = () => client.get<GoRuntime>(`${wishes}/everything`);
  const count = async (phase: 'Pending' | 'Verified') =>
    ((await wish()).status?.phases?.[phase] ?? 0) === pods;
  const declaredAt = performance.now();
  await client.create(wishes, runtime);
  const resolution = { requested: '1.26.8', goVersion: target };
  const builds = binaries.map((binary) => makeBuild(binary, { goVersion: target }));
  await applyStatus(client, runtime, { fieldManager: 'bench', status: { resolution, binaries, builds } });
  const judgedAt = await until('every pod to be judged', () => count('Pending'));
  const judged = usageOf(controller);
  await each(fleet, (pod) => report(client, pod, target));
  const reportedAt = performance.now();
  const verifiedAt = await until('every pod to be verified', () => count('Verified'));
  const verified = usageOf(controller);
  const wishBytes = JSON.stringify(await wish()).length;
  await client.delete(`${wishes}/everything`);
  const isGone = async () => (await client.list(wishes)).items.length === 0;
  const goneAt = await until('the wish to go', isGone);
  const left = (await client.list(goPodsPath(namespace))).items.length;
  return {
    ...{ pods, nodes, images, wishBytes },
    declaredToReportedS: seconds(declaredAt, judgedAt),
    declaredToReportedCpuS: judged.cpuS,
    lastNodeToVerifiedS: seconds(reportedAt, verifiedAt),
    verifiedCpuS: Math.round((verified.cpuS - judged.cpuS) * 10) / 10,
    deletedToGoneS: seconds(verifiedAt, goneAt),
    ...{ reportsLeftBehind: left, controllerPeakRssMiB: usageOf(controller).peakRssMiB },
    targets: { convergedS: 60, controllerMB: 300 },
  };
}

async function run(): Promise<Record<string, unknown>> {
  await labDown(lab);
  let controller: ChildProcess | undefined;
  try {
    const { kubeconfig } = await labUp({ name: lab, kubernetes: '1.36' });
    const client = createKubeClient(await kubeconfigConnection({ path: kubeconfig }));
    const fleet = await makeFleet(client);
    controller = await startController(kubeconfig);
    const figures = await measure(client, fleet, controller);
    await client.close();
    return figures;
  } finally {
    if (controller?.exitCode === null) {
      controller.kill('SIGTERM');
      await once(controller, 'exit');
    }
    await labDown(lab);
  }
}

export const bench: Bench = {
  question:
    'how long until a wish over 5,000 pods is judged and reported, and how much memory does the controller take?',
  run,
};
