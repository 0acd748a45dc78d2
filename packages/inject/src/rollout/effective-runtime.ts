import type { PodTemplate } from '../admission/pod.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { isOfRevision } from './partition.ts';
import { type Revision, revisionOf, runtimeAt } from './revision.ts';
import type { RolloutStatus } from './rollout-status.ts';
import { isReplacedByRollout } from './standing-pod.ts';
import { workloadOfPod } from './workload-of-pod.ts';

/** What every workload of a wish has been brought to; `undefined`: what their images hold. */
export function acceptedOf(rollout: RolloutStatus | undefined): Revision | undefined {
  return rollout?.phase === 'Completed' ? rollout.to : rollout?.from;
}

/** Whether a workload's turn has come: it has begun, or it is younger than its roll-out, which is in its last wave. */
function hasBegun({ wave, waves, workloads = [] }: RolloutStatus, workload: string | undefined): boolean {
  if (workloads.some((entry) => entry.workload === workload)) return true;
  return wave > 0 && wave >= waves;
}

/**
 * The wish before its turn has come. Pods that no roll-out reaches, of CI above all, have their sandbox from the first on: they live
 * shorter than a roll-out, and fail without it.
 */
function early(runtime: GoRuntime, from: Revision | undefined, workload: string | undefined): GoRuntime {
  const before = runtimeAt(runtime, from);
  const { sandbox } = runtime.spec;
  const isShort = sandbox !== undefined && !isReplacedByRollout(workload);
  return isShort ? { ...before, spec: { ...before.spec, sandbox } } : before;
}

/**
 * The wish as it is meant for a workload now: the new revision when its wave has begun, until then and after a regression the one before.
 * The webhook and the reconciler both go by it, so that a pod that restarts by itself gets what its workload has.
 * @param isLeft - for those of its pods that its StatefulSet leaves as they are: they have what was before until the roll-out is complete
 */
export function effectiveRuntime(
  runtime: GoRuntime,
  workload: string | undefined,
  isLeft = false,
): GoRuntime {
  if (runtime.spec.rollout?.strategy === 'OnRestart') return runtime;
  const { rollout } = runtime.status ?? {};
  if (rollout === undefined) return early(runtime, undefined, workload);
  const { phase, from, to } = rollout;
  const isDue = phase === 'Progressing' && !isLeft && hasBegun(rollout, workload);
  const isGiven = phase === 'Completed' || isDue;
  if (!isGiven) return phase === 'Progressing' ? early(runtime, from, workload) : runtimeAt(runtime, from);
  // A changed wish counts from when its own roll-out is recorded; one that cannot be resolved takes nothing away.
  return revisionOf(runtime)?.id === to.id ? runtime : runtimeAt(runtime, to);
}

/** {@link effectiveRuntime} of each. */
export function effectiveRuntimes(
  runtimes: readonly GoRuntime[],
  workload: string | undefined,
  isLeft = false,
): readonly GoRuntime[] {
  return runtimes.map((runtime) => effectiveRuntime(runtime, workload, isLeft));
}

/** {@link effectiveRuntime} of each for a pod that comes into being, by what it says itself. */
export function runtimesForNew(runtimes: readonly GoRuntime[], pod: PodTemplate): readonly GoRuntime[] {
  const workload = workloadOfPod(pod);
  return runtimes.map((runtime) => {
    const entry = runtime.status?.rollout?.workloads?.find((each) => each.workload === workload);
    const isLeft = entry?.left !== undefined && isOfRevision(pod, entry.left.revision);
    return effectiveRuntime(runtime, workload, isLeft);
  });
}
