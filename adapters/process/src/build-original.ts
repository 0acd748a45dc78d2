import type { ExecutableReader } from '@gofleet/build/ports';
import {
  type BuildPaths,
  type GoBuildStep,
  type OwnRelease,
  planGoBuild,
  type RelinkOriginal,
  type Reproduction,
  relinkOriginalFromFacts,
} from '@gofleet/build/relink';
import type { SourceSpec } from '@gofleet/build/source';
import { type BuiltStep, runBuildStep } from './build-step.ts';
import type { WorkTree } from './source/work-tree.ts';
import type { Workshop } from './workshop.ts';

/** The two halves of a relink. */
export type RelinkPhase = 'Proving' | 'Building';

/** An executable that a step made. */
export interface Built extends BuiltStep {
  readonly step: GoBuildStep;
  readonly facts: RelinkOriginal;
}

/** What building an original takes, besides the source. */
export interface Bench {
  readonly shop: Workshop;
  readonly original: RelinkOriginal;
  readonly files: ExecutableReader;
  readonly paths: BuildPaths;
  /** Names of source files that the original holds; empty when its file is not here. */
  readonly sourceNames: ReadonlySet<string>;
  /** The original's file; absent when it is not here. */
  readonly file?: string;
  /** Whether the original may be run, in a sandbox. */
  readonly mayRun: boolean;
  /** Fetches the released module that it was built from, once; absent when none is recorded. */
  readonly fetchRelease: () => Promise<string | undefined>;
  readonly onStep: (step: string, phase?: RelinkPhase) => void;
}

/** A source that is ready: the released module itself, or a work tree. */
export interface ReadySource {
  readonly source: SourceSpec;
  /** Its directory in the workshop. */
  readonly name: string;
  readonly tree?: WorkTree;
  /** Where its files can be read: all of them, and those of the main module; absent when they are nowhere. */
  readonly files?: { readonly root: string; readonly module: string };
}

/** How well an original was reproduced, and from what. */
export interface Proof {
  readonly reproduction: Reproduction;
  /** What the new build is made with; absent when there is no source. */
  readonly recipe: { readonly ready: ReadySource; readonly linkFlags: string };
  readonly built?: Built;
}

/** Builds an original from a source with a release. */
export async function buildFrom(
  bench: Bench,
  { ready, linkFlags }: Proof['recipe'],
  {
    own,
    name,
    finish,
  }: {
    readonly own: OwnRelease;
    readonly name: string;
    /** What is done to the executable before it is looked at. */
    readonly finish?: (path: string) => Promise<void>;
  },
): Promise<Built> {
  const { shop, original, files, paths } = bench;
  const { tree } = ready;
  const step = planGoBuild(original, { ...own, linkFlags, ...(tree ? { tree: tree.build } : {}) });
  const run = { shop, name, step, package: original.package, paths, ...(tree ? { tree } : {}) };
  const built = await runBuildStep(run);
  const { path } = built;
  await finish?.(path);
  const facts = relinkOriginalFromFacts(await files.inspect(path), await files.hash(path));
  return { ...built, step, facts };
}
