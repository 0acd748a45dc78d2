import type { Health } from './health.ts';
import { readJson } from './json-file.ts';
import { type LabPlan, labFiles } from './plan.ts';
import { isAlive } from './process-ref.ts';
import type { LabProgress } from './progress.ts';
import { startError } from './start-error.ts';
import type { LabState } from './state.ts';
import { waitUntil } from './wait-until.ts';
/**
 * Waits until a launched lab can be used.
 *
 * @throws GofleetError `lab.start-failed` with the reason and the log to read
 */
export async function awaitReady(
  plan: LabPlan,
  state: LabState,
  options: { onProgress?: ((event: LabProgress) => void) | undefined; signal?: AbortSignal | undefined },
): Promise<void> {
  const step = `start lab ${plan.name} (Kubernetes ${plan.release.version})`;
  let told = 0;
  const tell = (health: Health | undefined): void => {
    for (const reached of health?.steps.slice(told) ?? [])
      options.onProgress?.({ step, message: `${reached.step} is up` });
    told = health?.steps.length ?? told;
  };
  const health = await waitUntil(
    async () => {
      const now = await readJson<Health>(labFiles(plan.dir).health);
      tell(now);
      if (!isAlive(state.processes.launcher))
        return now ?? { phase: 'failed' as const, steps: [], components: [] };
      return now !== undefined && now.phase !== 'starting' && now;
    },
    { timeoutMs: 180_000, everyMs: 50, signal: options.signal },
  );
  if (health?.phase !== 'ready') throw await startError(plan, health?.reason ?? 'its processes ended');
}
