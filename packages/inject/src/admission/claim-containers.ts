import type { GoRuntime } from '../go-runtime.ts';
import { matchesSelector, selectorProblem } from '../match-selector.ts';
import { isOptedOut, type PodTemplate } from './pod.ts';

/** Oldest first; the name decides between wishes of the same second. */
function byAge(a: GoRuntime, b: GoRuntime): number {
  const [left, right] = [a, b].map(({ metadata }) => `${metadata.creationTimestamp ?? ''} ${metadata.name}`);
  if (left === right) return 0;
  return (left ?? '') < (right ?? '') ? -1 : 1;
}

/** Whether a GoRuntime selects a pod at all: labels match and the pod has not opted out. */
export function selectsPod({ spec }: GoRuntime, pod: PodTemplate): boolean {
  const labels = pod.metadata?.labels;
  return (
    !isOptedOut(labels) &&
    matchesSelector(spec.selector, labels) &&
    selectorProblem(spec.selector) === undefined
  );
}

/** Whether a GoRuntime speaks for a container of a pod that it selects. */
export function wantsContainer({ spec }: GoRuntime, container: string): boolean {
  return spec.containers === undefined || spec.containers.includes(container);
}

/**
 * Which GoRuntime decides for each container: the oldest one that selects it, so that contradictory wishes never alternate.
 * Wishes that are being deleted claim nothing. `runtimes` are those of the pod's namespace.
 */
export function claimContainers(
  pod: PodTemplate,
  runtimes: readonly GoRuntime[],
): ReadonlyMap<string, GoRuntime> {
  const candidates = runtimes
    .filter((runtime) => runtime.metadata.deletionTimestamp === undefined && selectsPod(runtime, pod))
    .sort(byAge);
  const claims = new Map<string, GoRuntime>();
  for (const { name } of pod.spec.containers) {
    const winner = candidates.find((runtime) => wantsContainer(runtime, name));
    if (winner) claims.set(name, winner);
  }
  return claims;
}
