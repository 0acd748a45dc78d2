import { join } from 'node:path';
import type { ArtefactStore, ExecutableReader } from '@gofleet/build/ports';
import type { RelinkOriginal, RelinkResult } from '@gofleet/build/relink';
import { fleetChoices, type GoBuildSpec } from '@gofleet/inject/builds';
import { type RelinkProgress, relink } from '@gofleet/process/relink';
import type { Platform } from '@gofleet/resolve/platform';
import { findWholeGo } from './whole-go.ts';

/** How one relink is watched and ended. */
export interface RelinkRun {
  /** Told each step as it begins, and each line that the `go` command prints. */
  readonly onProgress: (progress: RelinkProgress) => void;
  readonly signal: AbortSignal;
}

/** A relink to do. */
export type Relink = (
  original: RelinkOriginal,
  wanted: Pick<GoBuildSpec, 'goVersion' | 'minimumGrade' | 'original'>,
  run: RelinkRun,
) => Promise<RelinkResult>;

/** What relinking takes. */
export interface Workbench extends Platform {
  /** Outlives the process: caches of the `go` command; the store lies beside them. */
  readonly dir: string;
  readonly store: ArtefactStore;
  readonly files: ExecutableReader;
  /** A `go` program, links resolved, and its release. */
  readonly go: { readonly path: string; readonly goVersion: string };
  /** GOPROXY, GOSUMDB and the like. */
  readonly moduleEnv: Readonly<Record<string, string>>;
}

/** Relinks with a `go` that is made whole before it is first used. */
export function createRelink({ dir, store, files, go, moduleEnv: env, os, arch }: Workbench): Relink {
  const dirs = {
    modCache: join(dir, 'modules'),
    buildCache: join(dir, 'build-cache'),
    work: join(dir, 'work'),
  };
  let whole: Promise<string> | undefined;
  return async (original, { goVersion, minimumGrade, original: observed }, { onProgress, signal }) => {
    whole ??= findWholeGo({ go: go.path, goVersion: go.goVersion, dirs, env, signal, os, arch });
    // A failure to fetch it is not kept.
    whole.catch(() => {
      whole = undefined;
    });
    const wanted = { original, goVersion, minimumGrade, ...fleetChoices(observed) };
    return await relink({ ...wanted, store, files, dirs, env, signal, go: await whole, onProgress });
  };
}
