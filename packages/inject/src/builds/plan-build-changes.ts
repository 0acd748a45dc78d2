import { isDeepStrictEqual } from 'node:util';
import type { GoBuild, GoBuildSpec } from './go-build.ts';

/** What to do so that the GoBuilds of a cluster are those that are wanted. */
export interface BuildChanges {
  /** To be applied: new ones, and those that are wanted in another way. */
  readonly apply: ReadonlyMap<string, GoBuildSpec>;
  /** Names of those to delete. */
  readonly remove: readonly string[];
}

/** A build that nobody began is nothing to keep. */
function isWorthless({ status }: GoBuild): boolean {
  return status?.claim === undefined && status?.phase !== 'Ready' && status?.phase !== 'Failed';
}

/**
 * Compares what is wanted with what is there. What nobody wants any more is marked, and removed when it has been so for
 * `retentionMs`: a wish that comes back finds its builds done.
 */
export function planBuildChanges(
  wanted: ReadonlyMap<string, GoBuildSpec>,
  existing: Iterable<GoBuild>,
  { now, retentionMs }: { readonly now: Date; readonly retentionMs: number },
): BuildChanges {
  const apply = new Map(wanted);
  const remove: string[] = [];
  for (const build of existing) {
    const { name } = build.metadata;
    const spec = wanted.get(name);
    // Of several observations of one content any is as good: the first stays, so that nothing is written for nothing.
    if (spec && isDeepStrictEqual({ ...spec, original: build.spec.original }, build.spec)) apply.delete(name);
    if (spec) continue;
    const { unwantedSince } = build.spec;
    const isOver = unwantedSince !== undefined && now.getTime() - Date.parse(unwantedSince) >= retentionMs;
    if (isOver || isWorthless(build)) remove.push(name);
    else if (unwantedSince === undefined)
      apply.set(name, { ...build.spec, wishes: [], unwantedSince: now.toISOString() });
  }
  return { apply, remove };
}
