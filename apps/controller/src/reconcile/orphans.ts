import { claimContainers } from '@gofleet/inject/claim-containers';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { type PodTemplate, parseInjections } from '@gofleet/inject/pod';

/** Whether a wish mounted anything in a pod. */
export function injectedBy({ metadata }: GoRuntime, pod: PodTemplate): boolean {
  return parseInjections(pod.metadata?.annotations).some(({ runtime }) => runtime === metadata.name);
}

/** Whether none of the wishes decides for any container of a pod. */
export function claimsNothing(pod: PodTemplate, runtimes: readonly GoRuntime[]): boolean {
  return claimContainers(pod, runtimes).size === 0;
}
