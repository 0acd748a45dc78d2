import { selectsPod } from '@gofleet/inject/claim-containers';
import { explainWaiting } from '@gofleet/inject/describe-rollout';
import { effectiveRuntime } from '@gofleet/inject/effective-runtime';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { isBuilt } from '@gofleet/inject/plan-rollout';
import { explainStanding, isStanding } from '@gofleet/inject/standing-pod';
import { workloadOfPod } from '@gofleet/inject/workload-of-pod';
import type { Pod } from '../state/pod.ts';

/** What a pod that no workload replaces waits for: that the roll-out is far enough, and then that somebody replaces it. */
export function standsFor(runtime: GoRuntime, pod: Pod): string {
  const key = workloadOfPod(pod);
  const isDue = effectiveRuntime(runtime, key) === runtime;
  return (isDue ? undefined : explainWaiting(runtime, key)) ?? explainStanding(pod);
}

/** Whether a wish is for pods that no roll-out reaches, those that have ended included, and everything for them is built. */
export function isForStanding(runtime: GoRuntime, pods: readonly Pod[]): boolean {
  return isBuilt(runtime) && pods.some((pod) => selectsPod(runtime, pod) && isStanding(pod));
}
