import { undecidedReasons } from '@gofleet/inject/declare-version';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { sourceOf } from '@gofleet/inject/wished-version';
import type { Draft } from './summarise.ts';

/** The condition `Declared` of a wish whose version a custom resource says; none for others. */
export function draftsDeclared(runtime: GoRuntime): readonly Draft[] {
  const { declaration } = runtime.status ?? {};
  if (sourceOf(runtime) === undefined) return [];
  const { goVersion, digest, from, problem } = declaration ?? {};
  if (problem === undefined && goVersion === undefined)
    return [{ type: 'Declared', status: 'Unknown', reason: 'Reading', message: 'it is being read' }];
  const pinned = digest === undefined ? '' : ` with the digest ${digest}`;
  if (problem === undefined)
    return [
      {
        ...{ type: 'Declared', status: 'True', reason: 'FieldRead' },
        message: `${from} says ${goVersion}${pinned}`,
      },
    ];
  const kept = goVersion === undefined ? '' : `; ${goVersion}, which was read before, stays in force`;
  const isUndecided = undecidedReasons.has(problem.reason);
  const message = `${problem.message}${kept}`.slice(0, 1000);
  return [{ type: 'Declared', status: isUndecided ? 'Unknown' : 'False', reason: problem.reason, message }];
}
