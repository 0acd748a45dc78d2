import { setTimeout as sleep } from 'node:timers/promises';
import { goPodsPath } from '@gofleet/inject/go-pod';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { inCluster } from '@gofleet/inject/in-cluster';
import { selectorOf } from '@gofleet/inject/manifest';
import type { RunningFacts } from '@gofleet/inject/runtime-status';
import { applyGoPod } from '@gofleet/kube/apply-go-pod';
import { applyStatus } from '@gofleet/kube/apply-status';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { makeBinary, makeBuild } from '@gofleet/testkit/go-runtime-maker';
import { countWrites } from './api-writes.ts';
import { each, makeNamespace, withBareCluster } from './bare-cluster.ts';
import type { Bench } from './bench.ts';
import { type ControllerProcess, startController } from './controller-process.ts';
import { type FleetWatch, watchFleet } from './fleet-watch.ts';
import { imageIdAnnotation, playedLabel, startKwok } from './kwok.ts';
import { apiServerCpuS } from './process-usage.ts';

const [pods, nodes, images] = [5000, 500, 100] as const;
const lab = 'bench-scale';
const namespace = 'scale';
const wishes = `/apis/gofleet.dev/v1alpha1/namespaces/${namespace}/goruntimes`;
const podsPath = `/api/v1/namespaces/${namespace}/pods`;
const [original, target] = ['go1.21.5', 'go1.26.8'] as const;
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

/** When it was so, in ms of the monotonic clock. */
async function until(what: string, isSo: () => Promise<boolean>, everyMs = 100): Promise<number> {
  const startedAt = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedAt > 600_000) throw new Error(`waited 10 min for ${what}`);
    await sleep(everyMs);
  }
  return performance.now();
}

const binaryOf = (number: number) => binaries[number % images] ?? makeBinary('');

/** A pod bound to one of the nodes; KWOK runs it. */
async function makePod(
  client: KubeClient,
  path: string,
  pod: { name: string; node: number; labels: Readonly<Record<string, string>> },
): Promise<KubeObject> {
  const { name, node, labels } = pod;
  const { image, imageId } = binaryOf(node);
  return client.create<KubeObject>(path, {
    metadata: { name, labels, annotations: { [imageIdAnnotation]: imageId } },
    spec: {
      ...{ nodeName: `sim-${node}`, automountServiceAccountToken: false },
      containers: [{ name: 'manager', image }],
    },
  });
}

/** A node, and the pod of its plugin, in which nothing runs. */
async function makeNode(client: KubeClient, node: number): Promise<void> {
  const metadata = { name: `sim-${node}`, labels: { [playedLabel]: 'true' } };
  await client.create('/api/v1/nodes', { metadata });
  const path = `/api/v1/namespaces/${inCluster.namespace}/pods`;
  await makePod(client, path, { name: `gofleet-node-${node}`, node, labels: selectorOf('node') });
}

/** What the plugin of the pod's node would have read: no process runs on a node that is played, so the figure writes it itself. */
async function report(client: KubeClient, pod: SimulatedPod, goVersion: string): Promise<void> {
  const { sha256, imageId, path, buildId } = binaryOf(pod.number);
  const running: RunningFacts = {
    ...{ containerId: `containerd://${pod.uid}`, imageId, sha256, path, goVersion, buildId },
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
  await makeNamespace(client, namespace);
  const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);
  await each(numbers(nodes), (node) => makeNode(client, node));
  const made: SimulatedPod[] = [];
  await each(numbers(pods), async (number) => {
    const name = `pod-${String(number).padStart(4, '0')}`;
    const pod = { name, node: number % nodes, labels: { app: 'all' } };
    const { metadata } = await makePod(client, podsPath, pod);
    made.push({ name, uid: metadata.uid ?? '', number });
  });
  const query = { fieldSelector: 'status.phase!=Running' };
  await until('pods to run', async () => (await client.list(podsPath, query)).items.length === 0, 2000);
  return made;
}

const seconds = (fromMs: number, toMs: number): number => Math.round((toMs - fromMs) / 100) / 10;

/** What was used until a moment. */
interface Moment {
  /** ms of the monotonic clock */
  readonly at: number;
  readonly controllerS: number;
  readonly apiServerS: number;
  readonly writes: number;
}

/** How long it took from one moment to another; what the controller and the API server used of their processors, and how often it was written to. */
function between(name: string, from: Moment, to: Moment): Record<string, number> {
  const rounded = (value: number): number => Math.round(value * 10) / 10;
  return {
    [`${name}S`]: seconds(from.at, to.at),
    [`${name}CpuS`]: rounded(to.controllerS - from.controllerS),
    [`${name}ApiServerCpuS`]: rounded(to.apiServerS - from.apiServerS),
    [`${name}Writes`]: to.writes - from.writes,
  };
}

async function declare(client: KubeClient): Promise<void> {
  await client.create(wishes, runtime);
  const resolution = { requested: '1.26.8', goVersion: target };
  const builds = binaries.map((binary) => makeBuild(binary, { goVersion: target }));
  await applyStatus(client, runtime, { fieldManager: 'bench', status: { resolution, binaries, builds } });
}

async function measure(
  client: KubeClient,
  fleet: readonly SimulatedPod[],
  { controller, watch }: { readonly controller: ControllerProcess; readonly watch: FleetWatch },
): Promise<Record<string, unknown>> {
  const now = async (): Promise<Moment> => ({
    ...{ at: performance.now(), controllerS: controller.usage().cpuS, apiServerS: apiServerCpuS(lab) },
    writes: await countWrites(client),
  });
  const when = async (what: string, isSo: () => boolean): Promise<Moment> => {
    await until(what, async () => isSo());
    return now();
  };
  /** Every pod is in the phase, by its GoPod and by the wish's own count. */
  const isJudged = (phase: 'Pending' | 'Verified') => (): boolean =>
    watch.wish()?.status?.phases?.[phase] === pods && watch.reported(phase) === pods;
  const isTold = (goVersion: string) => (): boolean => watch.told(goVersion) === pods;
  const declared = await now();
  await declare(client);
  const [judged, patched] = await Promise.all([
    when('every pod to be judged', isJudged('Pending')),
    when('every pod to be patched', isTold(original)),
  ]);
  await each(fleet, (pod) => report(client, pod, target));
  const reported = await now();
  const [verified, followed] = await Promise.all([
    when('every pod to be verified', isJudged('Verified')),
    when('every pod to be patched again', isTold(target)),
  ]);
  const wishBytes = JSON.stringify(await client.get(`${wishes}/everything`)).length;
  const deleted = await now();
  await client.delete(`${wishes}/everything`);
  const gone = await when('the wish to go', () => watch.wish() === undefined);
  return {
    ...{ pods, nodes, images, wishBytes },
    ...between('declaredToReported', declared, judged),
    ...between('declaredToPatched', declared, patched),
    ...between('lastNodeToVerified', reported, verified),
    ...between('lastNodeToPatched', reported, followed),
    ...between('deletedToGone', deleted, gone),
    verifiedCpuS: Math.round((followed.controllerS - patched.controllerS) * 10) / 10,
    reportsLeftBehind: (await client.list(goPodsPath(namespace))).items.length,
    controllerPeakRssMB: controller.usage().peakRssMB,
    targets: { convergedS: 60, controllerMB: 300 },
  };
}

async function run(): Promise<Record<string, unknown>> {
  return withBareCluster(lab, async ({ client, kubeconfig, ends }) => {
    const kwok = await startKwok(kubeconfig);
    ends.push(() => kwok.stop());
    const fleet = await makeFleet(client);
    const startedAt = performance.now();
    await each(fleet, (pod) => report(client, pod, original));
    const nodesReportS = seconds(startedAt, performance.now());
    const controller = await startController(kubeconfig);
    ends.push(() => controller.stop());
    const watch = await watchFleet(client, namespace);
    ends.push(async () => watch.stop());
    return { ...(await measure(client, fleet, { controller, watch })), nodesReportS };
  });
}

export const bench: Bench = {
  question:
    'how long until a wish over 5,000 pods is judged and reported, and how much memory does the controller take?',
  run,
};
