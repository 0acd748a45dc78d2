import { binariesOf, targetOf } from '@gofleet/inject/choose-artefact';
import { ownLibrary } from '@gofleet/inject/choose-library';
import { claimContainers, selectsPod, wantsContainer } from '@gofleet/inject/claim-containers';
import type { DeliverableNode } from '@gofleet/inject/deliverable-node';
import { explainWaiting } from '@gofleet/inject/describe-rollout';
import { effectiveRuntimes } from '@gofleet/inject/effective-runtime';
import { type GoPod, isReportOn } from '@gofleet/inject/go-pod';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { type Injection, isMounted } from '@gofleet/inject/injection';
import { ourVolumeNames } from '@gofleet/inject/our-parts';
import { ownMountAt } from '@gofleet/inject/own-mount';
import { parseQuantity } from '@gofleet/inject/parse-quantity';
import { isBelow } from '@gofleet/inject/partition';
import { isMissed, sameInjections } from '@gofleet/inject/plan-rollout';
import { parseInjections } from '@gofleet/inject/pod';
import { isLive } from '@gofleet/inject/pod-life';
import type { PodStatus } from '@gofleet/inject/runtime-status';
import { wantInjections } from '@gofleet/inject/want-injections';
import { decidedContainers, isSandbox } from '@gofleet/inject/want-sandbox';
import { workloadOfPod } from '@gofleet/inject/workload-of-pod';
import { type ContainerCase, judgeContainer } from '@gofleet/verify/judge-container';
import { isSameImage } from '@gofleet/verify/same-image';
import { isRollingOut } from '@gofleet/verify/summarise';
import { copierTrouble, type Pod, troubleOf } from '../state/pod.ts';
import { outcomeOf } from './outcome.ts';
import { standsFor } from './standing-pods.ts';
import { nameOf, type Workload } from './workloads.ts';

/** A pod that a wish selects, and everything that is known of it. */
export interface SurveyedPod {
  readonly pod: Pod;
  readonly workload: Workload | undefined;
  readonly injections: readonly Injection[];
  /** What it is to have now, by the wave of its workload. */
  readonly wanted: readonly Injection[];
  /** What it is to have when its wave has begun. */
  readonly wished: readonly Injection[];
  /** Its StatefulSet's partition leaves it as it is. */
  readonly isLeft: boolean;
  /** It should have been injected when it was created. */
  readonly isMissed: boolean;
  /** What it has mounted was made for another image. */
  readonly isStale: boolean;
  /** It has something mounted although its original is of the wished release, or is the wished library, or a sandbox that it is not to have any more. */
  readonly isSuperfluous: boolean;
}

/** What a survey looks at. */
export interface SurveyInput {
  readonly runtime: GoRuntime;
  /** All GoRuntimes of the namespace. */
  readonly siblings: readonly GoRuntime[];
  readonly pods: readonly Pod[];
  /** What is known of the pods, by their names. */
  readonly reports: ReadonlyMap<string, GoPod>;
  readonly owners: ReadonlyMap<string, Workload>;
  /** Those of the cluster; absent until they are known. */
  readonly nodes?: readonly DeliverableNode[] | undefined;
}

/** Seconds between an artefact's being ready and the moment from which an uninjected pod counts as missed. */
const graceS = 5;

function wasReadyBefore({ metadata }: Pod, { status }: GoRuntime): boolean {
  const built = status?.conditions?.find(({ type }) => type === 'Built');
  if (built?.status !== 'True' || metadata.creationTimestamp === undefined) return false;
  return Date.parse(metadata.creationTimestamp) > Date.parse(built.lastTransitionTime) + graceS * 1000;
}

/** Variables are no harm to another image; what is mounted is. */
function isStale(pod: Pod, injections: readonly Injection[]): boolean {
  return injections.filter(isMounted).some(({ container, imageId }) => {
    const found = pod.status?.containerStatuses?.find(({ name }) => name === container)?.imageID;
    return found !== undefined && found !== '' && !isSameImage(found, imageId);
  });
}

function isSuperfluous(pod: Pod, injections: readonly Injection[], runtime: GoRuntime): boolean {
  const target = targetOf(runtime);
  return injections.filter(isMounted).some(({ container, path }) => {
    const image = pod.spec.containers.find(({ name }) => name === container)?.image;
    if (runtime.spec.mode === 'libgo') return ownLibrary(runtime, image, path) !== undefined;
    return binariesOf(runtime, image).some((binary) => binary.path === path && binary.goVersion === target);
  });
}

/** Whether a pod has a sandbox and is to have none. */
export function losesSandbox(injections: readonly Injection[], wanted: readonly Injection[]): boolean {
  return injections.some(isSandbox) && !wanted.some(isSandbox);
}

/** What the namespace's wishes mean for a workload, this one as if its wave had begun. */
export function asWished(runtime: GoRuntime, staged: readonly GoRuntime[]): readonly GoRuntime[] {
  return staged.map((each) => (each.metadata.name === runtime.metadata.name ? runtime : each));
}

/** The live pods that a wish selects. */
export function surveyPods({ runtime, siblings, pods, owners, nodes }: SurveyInput): readonly SurveyedPod[] {
  const selected = pods.filter((pod) => isLive(pod) && selectsPod(runtime, pod));
  return selected.map((pod) => {
    const workload = owners.get(pod.metadata.name);
    const injections = parseInjections(pod.metadata.annotations);
    const key = workload ? nameOf(workload) : workloadOfPod(pod);
    const isLeft = isBelow(pod, workload?.partition);
    const staged = effectiveRuntimes(siblings, key, isLeft);
    const wanted = wantInjections(pod, staged, nodes).injections;
    const wished = wantInjections(pod, asWished(runtime, staged), nodes).injections;
    const lacks = wanted.length > 0 && injections.length === 0 && !sameInjections(injections, wanted);
    const fromTemplate = workload !== undefined && isMissed(pod, workload.template, wanted);
    return {
      ...{ pod, workload, injections, wanted, wished, isLeft },
      isMissed: lacks && (fromTemplate || wasReadyBefore(pod, runtime)),
      isStale: isStale(pod, injections),
      isSuperfluous:
        isSuperfluous(pod, injections, runtime) || losesSandbox(injections, [...wanted, ...wished]),
    };
  });
}

/** Whether missed pods are rolled again: when the wish says so, and in a roll-out of gofleet's own until it has ended. */
export function repairs(runtime: GoRuntime): boolean {
  const { repair, rollout } = runtime.spec;
  const isGoingOn = isRollingOut(runtime) || runtime.status?.rollout?.phase === 'Progressing';
  return repair === 'Restart' || (rollout?.strategy !== 'OnRestart' && isGoingOn);
}

/** Roll-outs go by the template: limits that a pod has otherwise (a resize, a LimitRange) cause none. */
export function differsFromTemplate(
  { workload, injections, wished }: SurveyedPod,
  { siblings, nodes }: Pick<SurveyInput, 'siblings' | 'nodes'>,
): boolean {
  if (!workload || sameInjections(injections, wished)) return false;
  return sameInjections(injections, wantInjections(workload.template, siblings, nodes).injections);
}

function waitsFor(
  { runtime, siblings, nodes }: Pick<SurveyInput, 'runtime' | 'siblings' | 'nodes'>,
  surveyed: SurveyedPod,
): string | undefined {
  const { workload, isMissed: missed, pod } = surveyed;
  if (!workload) return standsFor(runtime, pod);
  if (workload.waitsFor !== undefined) return workload.waitsFor;
  const staged = explainWaiting(runtime, nameOf(workload));
  if (staged !== undefined) return staged;
  if (surveyed.isLeft)
    return `its StatefulSet ${workload.name} leaves it as it is: lower its partition, which is ${workload.partition?.below}`;
  if (differsFromTemplate(surveyed, { siblings, nodes }))
    return "its limits are not those of its workload's template: restart it";
  if (missed && !repairs(runtime)) return 'repair is Report: restart it, or set repair: Restart';
  return runtime.spec.rollout?.strategy === 'OnRestart' && !missed
    ? 'rollout is OnRestart: it waits for a restart'
    : undefined;
}

/** What keeps an artefact from the pod, and its process from being read. */
function nodeCase(
  pod: Pod,
  { status }: GoRuntime,
  nodes: readonly DeliverableNode[] = [],
): Pick<ContainerCase, 'unreadable' | 'undeliverable'> {
  const { nodeName } = pod.spec;
  const node = nodes.find(({ name }) => name === nodeName);
  const ofNode = status?.nodes?.find((entry) => entry.node === nodeName)?.problem;
  const undeliverable = copierTrouble(pod) ?? (ofNode && `${nodeName}: ${ofNode}`);
  return {
    ...(node?.hasPlugin === false ? { unreadable: `no node plugin on ${nodeName} reads its process` } : {}),
    ...(undeliverable === undefined ? {} : { undeliverable }),
  };
}

/** A sandbox is no container of the author's: the first of those that are wished for tells of it. */
function sandboxNotes({ pod, injections, wished }: SurveyedPod, runtime: GoRuntime, name: string): string[] {
  const [has, wants] = [injections.filter(isSandbox), wished.filter(isSandbox)];
  const first = decidedContainers(pod).find((container) => wantsContainer(runtime, container.name));
  if (first?.name !== name || sameInjections(has, wants)) return [];
  const what = wants.length === 0 ? 'the end of its sandbox' : 'the sandbox that is wished now';
  return [`${what} comes with its next pod`];
}

function caseOf(
  container: Pod['spec']['containers'][number],
  surveyed: SurveyedPod,
  { runtime, siblings, reports, nodes }: SurveyInput,
): ContainerCase {
  const { pod, injections, wished } = surveyed;
  const { name, image = '' } = container;
  const memoryLimit = parseQuantity(container.resources?.limits?.memory ?? '');
  const claim = claimContainers(pod, siblings).get(name);
  const status = pod.status?.containerStatuses?.find((entry) => entry.name === name);
  const report = reports.get(pod.metadata.name);
  const known = report && isReportOn(report, pod.metadata.uid) ? report.containers : undefined;
  const running = known?.find((entry) => entry.name === name)?.running;
  const { refusals, notes } = wantInjections(pod, siblings, nodes);
  const refusal = refusals.find((entry) => entry.container === name);
  const trouble = troubleOf(status);
  const waiting = waitsFor({ runtime, siblings, nodes }, surveyed);
  const { mode } = runtime.spec;
  const moved = (mode === 'libgo' ? running?.library?.path : undefined) ?? running?.path;
  const ownMount = moved && ownMountAt(container, moved, ourVolumeNames(pod));
  return {
    runtime,
    image,
    injections: injections.filter((entry) => entry.container === name),
    wanted: wished.filter((entry) => entry.container === name),
    isMissed: surveyed.isMissed,
    notes: [
      ...notes.filter((entry) => entry.container === name).map(({ text }) => text),
      ...(surveyed.workload?.managed === undefined ? [] : [surveyed.workload.managed]),
      ...sandboxNotes(surveyed, runtime, name),
    ],
    ...(claim && claim.metadata.name !== runtime.metadata.name ? { claimedBy: claim.metadata.name } : {}),
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    ...(status?.containerID ? { containerId: status.containerID } : {}),
    ...(status?.imageID ? { imageId: status.imageID } : {}),
    ...(trouble === undefined ? {} : { trouble }),
    ...(ownMount === undefined ? {} : { ownMount }),
    ...(running ? { running } : {}),
    ...(refusal ? { refusal: refusal.reason } : {}),
    ...nodeCase(pod, runtime, nodes),
    ...(waiting === undefined ? {} : { waitsFor: waiting }),
  };
}

function statusOf(pod: string, container: string, judged: ContainerCase): PodStatus {
  const { phase, reason } = judgeContainer(judged);
  return { pod, container, ...outcomeOf(judged, phase), phase, reason: reason.slice(0, 1000) };
}

/** A judgement of each selected container, in the order of their names. */
export function judgePods(surveyed: readonly SurveyedPod[], input: SurveyInput): readonly PodStatus[] {
  return surveyed
    .flatMap((entry) =>
      decidedContainers(entry.pod)
        .filter(({ name }) => wantsContainer(input.runtime, name))
        .map((container) =>
          statusOf(entry.pod.metadata.name, container.name, caseOf(container, entry, input)),
        ),
    )
    .sort((a, b) => (`${a.pod}/${a.container}` < `${b.pod}/${b.container}` ? -1 : 1));
}
