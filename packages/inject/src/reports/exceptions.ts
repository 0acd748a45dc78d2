import type { GoRuntimeStatus, PodException, PodPhase, PodStatus } from '../runtime-status.ts';

/** Exceptions that a wish's status names; GoPods have all of them. */
export const maxExceptions = 20;
const maxReasonLength = 400;

/** The phases that need somebody to look, worst first. */
const exceptional: readonly (PodPhase | undefined)[] = ['Failed', 'Ineffective', 'Pending', 'Skipped'];

/** How many containers are in each phase, and the first of those that need somebody to look: as long for ten pods as for ten thousand. */
export function summariseReports(
  containers: readonly PodStatus[],
): Pick<GoRuntimeStatus, 'phases' | 'exceptions'> {
  const byPhase = Map.groupBy(containers, ({ phase }) => phase);
  const phases = [...byPhase].flatMap(([phase, each]) => (phase ? [[phase, each.length] as const] : []));
  const exceptions = exceptional
    .flatMap((phase) => byPhase.get(phase) ?? [])
    .slice(0, maxExceptions)
    .map(({ pod, container, phase, reason = '' }): PodException => {
      return { pod, container, phase: phase ?? 'Failed', reason: reason.slice(0, maxReasonLength) };
    });
  return { phases: Object.fromEntries(phases.sort(([a], [b]) => (a < b ? -1 : 1))), exceptions };
}
