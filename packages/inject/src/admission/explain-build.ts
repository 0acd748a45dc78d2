import type { GoRuntime } from '../go-runtime.ts';
import type { BuildStatus } from '../runtime-status.ts';
import { isGradeEnough } from './choose-artefact.ts';

/** Why there is no artefact of a relink that may be mounted. */
export interface BuildProblem {
  /** `Building` goes on by itself, `Failed` does not. */
  readonly phase: 'Building' | 'Failed';
  /** In words. */
  readonly reason: string;
}

/** What keeps a relink to the target release from being mounted; `undefined` when nothing does. */
export function explainBuild(
  runtime: GoRuntime,
  build: BuildStatus | undefined,
  target: string,
): BuildProblem | undefined {
  if (build === undefined || build.phase === 'Queued')
    return { phase: 'Building', reason: build?.message ?? `waits for the relink to ${target}` };
  if (build.phase === 'Failed')
    return { phase: 'Failed', reason: build.message ?? `the relink to ${target} failed` };
  if (build.phase !== 'Ready')
    return { phase: 'Building', reason: build.message ?? `is being relinked to ${target}` };
  if (isGradeEnough(build, runtime)) return undefined;
  const least = runtime.spec.minimumGrade ?? 'compiled-equal';
  const evidence = build.grade ?? 'unknown';
  return {
    phase: 'Failed',
    reason: `evidence of the relink is "${evidence}", the wish asks for at least "${least}"`,
  };
}
