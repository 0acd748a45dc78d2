import type { Grade } from '@gofleet/identify/binary-facts';
import { type GoPod, goPodsPath, podStatusesOf } from '@gofleet/inject/go-pod';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { goRuntimeApi } from '@gofleet/inject/in-cluster';
import type { PodStatus } from '@gofleet/inject/runtime-status';
import type { KubeClient } from '@gofleet/kube/client';
import type { Progress } from '../progress.ts';
import { waitFor } from '../wait-for.ts';
import type { DemoResult, OperatorSnapshot } from './demo-result.ts';
import type { PublishedOperator } from './operator.ts';
import type { OperatorInCluster } from './operator-in-cluster.ts';
import { alternate, measureStartTimes } from './start-times.ts';
import { planStartVariants, type StartImages } from './start-variants.ts';

/** What a running process says of itself, and where that was read. */
export interface ProcessReading {
  readonly goVersion: string;
  readonly source: string;
}

/** Everything that the story needs once the cluster, the operator and gofleet are there. */
export interface DemoStage {
  readonly client: KubeClient;
  readonly operator: PublishedOperator;
  readonly inCluster: OperatorInCluster;
  readonly images: StartImages;
  readonly goVersion: string;
  /** Pods per variant of the start times; 0: they are not measured. */
  readonly starts: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Reads the process of the operator's container through the node plugin, wish or no wish. */
  readonly readProcess: (pod: string) => Promise<ProcessReading>;
}

/** The findings of the story, without what the set-up knows. */
export type DemoStory = Pick<
  DemoResult,
  'kubernetes' | 'before' | 'after' | 'restored' | 'reproduction' | 'rollout' | 'startMs'
>;

const wishName = 'newer-go';

function wishPath({ operator }: DemoStage, name = ''): string {
  const { group, version, plural } = goRuntimeApi;
  return `/apis/${group}/${version}/namespaces/${operator.namespace}/${plural}${name === '' ? '' : `/${name}`}`;
}

/** The wish that the demo declares; what a user would `kubectl apply`. */
function renderWish(
  { operator, goVersion }: DemoStage,
  delivery: GoRuntime['spec']['delivery'],
): Record<string, unknown> {
  return {
    apiVersion: `${goRuntimeApi.group}/${goRuntimeApi.version}`,
    kind: goRuntimeApi.kind,
    metadata: { name: wishName, namespace: operator.namespace },
    spec: {
      selector: { matchLabels: operator.labels },
      runtime: { goVersion: goVersion.replace(/^go/, '') },
      ...(delivery === undefined ? {} : { delivery }),
    },
  };
}

async function takeSnapshot(stage: DemoStage, work: string): Promise<OperatorSnapshot> {
  const { pod, imageID, command } = await stage.inCluster.waitForOnePod();
  const { goVersion, source } = await stage.readProcess(pod);
  const leaseHolder = await stage.inCluster.waitForLease(pod);
  const reconcileMs = await stage.inCluster.waitForReconcile(work);
  const metrics = await stage.inCluster.goMetrics(pod);
  return { goVersion, imageID, verifiedFrom: source, pod, command, leaseHolder, reconcileMs, metrics };
}

/** What a wish has made of the operator's container; the pod that is verified when there are several. */
export async function readEntry(
  { client, operator }: DemoStage,
  wish: GoRuntime,
): Promise<PodStatus | undefined> {
  const { items } = await client.list<GoPod>(goPodsPath(operator.namespace));
  const entries = podStatusesOf(wish, items).filter(({ container }) => container === operator.container);
  return entries.find(({ phase }) => phase === 'Verified') ?? entries[0];
}

function describe(wish: GoRuntime, entry: PodStatus | undefined): string {
  const build = wish.status?.builds?.at(-1);
  return [entry?.phase ?? 'Observing', build?.phase ?? '', build?.message ?? entry?.reason ?? '']
    .filter(Boolean)
    .join(', ')
    .slice(0, 120);
}

/** Waits until the wish is met for the operator's container, telling how far it is. */
async function waitForVerified(stage: DemoStage): Promise<GoRuntime> {
  const { client, operator, progress, signal } = stage;
  const path = wishPath(stage, wishName);
  return waitFor({
    what: `the GoRuntime ${wishName} to be verified`,
    timeoutMs: 20 * 60_000,
    signal,
    hint: `look at it with: kubectl describe goruntime -n ${operator.namespace} ${wishName}`,
    probe: async () => {
      const wish = await client.get<GoRuntime>(path);
      const message = describe(wish, await readEntry(stage, wish));
      progress.report({ step: `moving the operator to ${stage.goVersion}`, message });
      return (wish.status?.phases?.Verified ?? 0) > 0 &&
        wish.status?.verifiedPods === wish.status?.desiredPods
        ? wish
        : undefined;
    },
  });
}

/** Declares the wish and waits until it is verified from the running process. */
export async function grantWish(
  stage: DemoStage,
  delivery?: GoRuntime['spec']['delivery'],
): Promise<GoRuntime> {
  await stage.client.create(wishPath(stage), renderWish(stage, delivery));
  return waitForVerified(stage);
}

/** Deletes the wish and waits until its finalizer let go: by then no pod runs injected. */
export async function deleteWish(stage: DemoStage): Promise<void> {
  const path = wishPath(stage, wishName);
  await stage.client.delete(path);
  const gone = async (): Promise<true | undefined> => {
    const wish = await stage.client.get(path).catch((error: { code?: string }) => error.code ?? 'unknown');
    return wish === 'kube.not-found' ? true : undefined;
  };
  await waitFor({ what: 'the GoRuntime to be gone', timeoutMs: 180_000, probe: gone, signal: stage.signal });
}

function reproductionOf(wish: GoRuntime): { grade: Grade; message: string } {
  const build = wish.status?.builds?.find(({ phase }) => phase === 'Ready');
  return { grade: build?.grade ?? 'unknown', message: build?.message ?? '' };
}

async function measureStarts(stage: DemoStage): Promise<DemoResult['startMs']> {
  const { client, operator, images, starts, progress, signal } = stage;
  if (starts === 0) return {};
  const { uninjected, injected, initContainerCopy } = planStartVariants(operator, images);
  return measureStartTimes({
    client,
    signal,
    namespace: operator.namespace,
    sequence: alternate([uninjected, injected, initContainerCopy], starts),
    onSample: (done, total) => progress.report({ step: 'timing pod starts side by side', done, total }),
  });
}

/** The story: what is inside, the wish, what runs then, what a start costs, and the way back. */
export async function runStory(stage: DemoStage): Promise<DemoStory> {
  const { client, goVersion, progress } = stage;
  const { gitVersion } = await client.get<{ gitVersion: string }>('/version');
  progress.report({ step: `looking at the operator as its image has it` });
  const before = await takeSnapshot(stage, 'before');

  const wishedAt = performance.now();
  const wish = await grantWish(stage);
  const toVerifiedMs = Math.round(performance.now() - wishedAt);
  progress.report({ step: `looking at the operator on ${goVersion}` });
  const after = await takeSnapshot(stage, 'after');

  const startMs = await measureStarts(stage);

  progress.report({ step: 'deleting the GoRuntime' });
  const deletedAt = performance.now();
  await deleteWish(stage);
  const { pod } = await stage.inCluster.waitForOnePod();
  const toRestoredMs = Math.round(performance.now() - deletedAt);
  progress.report({ step: 'looking at the operator again', message: pod });
  const restored = await takeSnapshot(stage, 'restored');

  return {
    kubernetes: gitVersion,
    before,
    after,
    restored,
    reproduction: reproductionOf(wish),
    rollout: { toVerifiedMs, toRestoredMs },
    startMs,
  };
}
