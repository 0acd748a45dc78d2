import { binariesOf } from '@gofleet/inject/choose-artefact';
import { librariesOf } from '@gofleet/inject/choose-library';
import type { BudgetedWorkload } from '@gofleet/inject/choose-rolls';
import { selectsPod } from '@gofleet/inject/claim-containers';
import { isVerified } from '@gofleet/inject/describe-rollout';
import { effectiveRuntime, effectiveRuntimes } from '@gofleet/inject/effective-runtime';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { isSettled, planRollout, sameInjections } from '@gofleet/inject/plan-rollout';
import type { WorkloadFacts } from '@gofleet/inject/plan-waves';
import type { PodStatus } from '@gofleet/inject/runtime-status';
import { takesDown } from '@gofleet/inject/takes-down';
import { wantInjections } from '@gofleet/inject/want-injections';
import { isReady } from '../gate/pod-sampler.ts';
import {
  asWished,
  differsFromTemplate,
  losesSandbox,
  repairs,
  type SurveyedPod,
  type SurveyInput,
} from './survey.ts';
import { nameOf, type Workload } from './workloads.ts';

/** A workload with its selected pods, as one reconciliation sees it. */
export interface ViewedWorkload {
  readonly name: string;
  readonly workload: Workload;
  readonly pods: readonly SurveyedPod[];
}

/** The surveyed pods by their workloads; pods that nothing replaces are left out. */
export function viewWorkloads(surveyed: readonly SurveyedPod[]): readonly ViewedWorkload[] {
  const groups = Map.groupBy(surveyed, ({ workload }) => workload);
  return [...groups].flatMap(([workload, pods]) =>
    workload ? [{ name: nameOf(workload), workload, pods }] : [],
  );
}

const isStale = (pods: readonly SurveyedPod[]): boolean =>
  pods.some((entry) => entry.isStale || entry.isSuperfluous);

/** Whether this wish, or its roll-out, decides that a workload's pods are to be replaced now. */
function mayRoll(runtime: GoRuntime, { name, pods }: ViewedWorkload): boolean {
  const { rollout } = runtime.status ?? {};
  if (runtime.spec.rollout?.strategy === 'OnRestart')
    return repairs(runtime) && (isStale(pods) || pods.some((entry) => entry.isMissed));
  if (rollout === undefined) return false;
  if (rollout.phase !== 'Progressing') return true;
  return isStale(pods) || (rollout.workloads ?? []).some(({ workload }) => workload === name);
}

/** Whether a workload is to have what it had before its roll-out. */
function isTakenBack({ status }: GoRuntime): boolean {
  return status?.rollout?.phase === 'Regressed' || status?.rollout?.phase === 'Undone';
}

/** The roll-out annotation that a workload's template is to get now; `undefined` for none, `null` to remove it. */
export function planRoll(
  view: ViewedWorkload,
  { runtime, siblings, nodes, isServed }: SurveyInput & { readonly isServed: boolean },
): string | null | undefined {
  if (!mayRoll(runtime, view)) return undefined;
  const { template } = view.workload;
  const staged = effectiveRuntimes(siblings, view.name);
  const { injections: wanted } = wantInjections(template, staged, nodes);
  const isNew = effectiveRuntime(runtime, view.name) === runtime;
  if (wanted.length > 0 && !(isServed && (!isNew || isSettled(template, siblings)))) return undefined;
  const goes = isStale(view.pods) || isTakenBack(runtime);
  return planRollout({ template, pods: view.pods, wanted, repair: repairs(runtime), isStale: goes });
}

/** Whether a workload's pods are being replaced. */
function isRolling(runtime: GoRuntime, view: ViewedWorkload): boolean {
  const { rollout } = runtime.status ?? {};
  if (rollout === undefined || !mayRoll(runtime, view)) return false;
  return view.pods.some(
    ({ isMissed, isLeft, wanted, injections }) =>
      !isMissed && !isLeft && wanted.length > 0 && !sameInjections(injections, wanted),
  );
}

/** A workload as budgets see it. */
export function viewBudget(runtime: GoRuntime, view: ViewedWorkload, isNext: boolean): BudgetedWorkload {
  const { workload, pods, name } = view;
  return {
    workload: name,
    labels: workload.template.metadata?.labels ?? {},
    pods: pods.length,
    unavailable: pods.filter(({ pod }) => !isReady(pod)).length,
    takesDown: takesDown(workload.kind, workload.strategy ?? {}, pods.length),
    isRolling: !isNext && isRolling(runtime, view),
    isNext,
  };
}

/** A node reads a new container within seconds; one that does not is not waited for. */
const observationS = 60;

function isObserved({ pod }: SurveyedPod, runtime: GoRuntime, now: string): boolean {
  const { creationTimestamp: wished = now } = runtime.metadata;
  const { creationTimestamp: created = now } = pod.metadata;
  const since = Math.max(Date.parse(wished), Date.parse(created));
  const isLookedAt = runtime.spec.mode !== 'toolchain';
  if (!isLookedAt || Date.parse(now) - since > observationS * 1000) return true;
  const found = runtime.spec.mode === 'libgo' ? librariesOf : binariesOf;
  return pod.spec.containers.some(({ image }) => found(runtime, image).length > 0);
}

/**
 * How many pods a workload is to have that this wish selects, without those that its partition leaves; of one that has them selected by
 * labels of their own no number is known.
 */
function wantedPods(runtime: GoRuntime, { template, wantedPods: wanted = 0, partition }: Workload): number {
  return selectsPod(runtime, template) ? Math.max(0, wanted - (partition?.below ?? 0)) : 0;
}

/** Pods that a workload's partition leaves without what the wish means now; one that is gone for a moment comes back without it. */
function leftOf(
  runtime: GoRuntime,
  { workload, pods }: Pick<ViewedWorkload, 'workload' | 'pods'>,
): Pick<WorkloadFacts, 'left'> {
  const { partition, template } = workload;
  if (!partition || !selectsPod(runtime, template)) return {};
  const has = pods.filter((each) => each.isLeft && sameInjections(each.injections, each.wished)).length;
  const left = { pods: partition.below - has, revision: partition.revision };
  return left.pods > 0 ? { left } : {};
}

/** What was judged of containers, by the names of their pods. */
export type JudgedPods = ReadonlyMap<string, readonly PodStatus[]>;

function lacksOf(
  { done, wanted }: { readonly done: number; readonly wanted: number },
  pods: readonly SurveyedPod[],
  judged: JudgedPods,
): string {
  const failed = pods
    .flatMap(({ pod }) => judged.get(pod.metadata.name) ?? [])
    .find(({ phase }) => phase === 'Failed' || phase === 'Ineffective');
  const why = failed?.reason === undefined ? '' : ` (${failed.pod}: ${failed.reason})`;
  return `${done} of ${Math.max(pods.length, wanted)} pods are verified and ready${why}`;
}

/** A workload as its waves see it. `judged` are the phases of its containers, `held` why a budget holds it back. */
export function viewFacts(
  view: ViewedWorkload,
  input: SurveyInput,
  { judged, held, now }: { judged: JudgedPods; held: string | undefined; now: string },
): WorkloadFacts {
  const { name, workload, pods } = view;
  const { runtime, siblings, nodes } = input;
  const { template } = workload;
  const wishes = asWished(runtime, effectiveRuntimes(siblings, name));
  const { injections: wanted } = wantInjections(template, wishes, nodes);
  const goes = isStale(pods) || pods.some((entry) => losesSandbox(entry.injections, entry.wished));
  const plan = { template, pods, wanted, repair: repairs(runtime), isStale: goes };
  const isBehind = planRollout(plan) !== undefined;
  const isVerifiedPod = ({ pod, injections }: SurveyedPod): boolean =>
    (judged.get(pod.metadata.name) ?? [])
      .filter(({ container }) => injections.some((each) => each.container === container))
      .every(isVerified);
  const isDone = (entry: SurveyedPod): boolean =>
    (sameInjections(entry.injections, entry.wished) || differsFromTemplate(entry, input)) &&
    isReady(entry.pod) &&
    isVerifiedPod(entry);
  const replaced = pods.filter(({ isLeft }) => !isLeft);
  const done = replaced.filter(isDone).length;
  const atLeast = wantedPods(runtime, workload);
  const waitsFor = held ?? workload.waitsFor;
  return {
    workload: name,
    pods: pods.length,
    isBehind,
    isDone: !isBehind && done === replaced.length && done >= atLeast,
    isSettled: isSettled(template, wishes) && pods.every((entry) => isObserved(entry, runtime, now)),
    lacks: lacksOf({ done, wanted: atLeast }, replaced, judged),
    ...leftOf(runtime, view),
    ...(waitsFor === undefined ? {} : { waitsFor }),
  };
}

/** Workloads that have begun and that no pod shows: the last one went before its successor came, or they are gone for good. */
export function absentOf(runtime: GoRuntime, workloads: readonly ViewedWorkload[]): readonly string[] {
  const { rollout } = runtime.status ?? {};
  if (rollout?.phase !== 'Progressing') return [];
  const seen = new Set(workloads.map(({ name }) => name));
  return (rollout.workloads ?? []).map(({ workload }) => workload).filter((name) => !seen.has(name));
}

/** What a wave sees of a workload without pods; nothing of one that is to have none. */
export function absentFacts(runtime: GoRuntime, workload: Workload): readonly WorkloadFacts[] {
  const wanted = wantedPods(runtime, workload);
  if (wanted === 0) return [];
  const { waitsFor } = workload;
  return [
    {
      ...{ workload: nameOf(workload), pods: 0, isBehind: false, isDone: false, isSettled: true },
      lacks: `0 of ${wanted} pods are there`,
      ...leftOf(runtime, { workload, pods: [] }),
      ...(waitsFor === undefined ? {} : { waitsFor }),
    },
  ];
}
