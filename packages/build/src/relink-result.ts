import type { GoModule, Grade } from '@gofleet/identify/binary-facts';
import type { RelinkOriginal } from './relink-original.ts';

/** What a proof is worth; the grades that a rebuild can reach. */
export type ReproductionGrade = 'proven' | 'compiled-equal' | 'claimed';

/** One reason why a rebuild differs from its original, with what shows it. */
export interface Difference {
  /** A short name: `link-flags`, `toolchain`, `dependencies`, `settings`, `paths`, … */
  readonly cause: string;
  readonly evidence: string;
}

/** How the original compares with a rebuild of it by its own Go release. */
export interface Reproduction {
  /** The release that the proof was built with; `undefined` when there was none to be had. */
  readonly goVersion: string | undefined;
  /** What it was rebuilt from, in the words that `--source` takes where it has such; absent for a released module. */
  readonly source?: string;
  /** Why the author withdrew the version that it was rebuilt from. */
  readonly retracted?: string;
  /** Bit for bit. */
  readonly equal: boolean;
  /** Per build ID segment, in order: actionID(link), actionID(main.a), contentID(main.a), contentID(binary). */
  readonly segments: readonly boolean[];
  readonly grade: ReproductionGrade;
  readonly differences: readonly Difference[];
}

/** A build setting of the artefact that is not as in the original; `undefined` means absent. */
export interface SettingChange {
  readonly setting: string;
  readonly from?: string;
  readonly to?: string;
}

/** An executable in the artefact store, built to replace an original. */
export interface RelinkArtefact {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** The exact release inside, `go1.26.8`. */
  readonly goVersion: string;
  /** As Go's linker wrote it; absent in results of before it was noted, and where link flags leave it out. */
  readonly buildId?: string;
  readonly grade: Grade;
  /** What follows from the other Go release, `DefaultGODEBUG` above all. */
  readonly changes: readonly SettingChange[];
}

/** The original, as results name it. */
export interface OriginalSummary {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly goVersion: string;
  readonly package: string;
  readonly main?: GoModule;
  readonly buildId: string;
}

/** The Go that an artefact was built with. */
export interface ToolchainIdentity {
  /** `go1.26.8`. */
  readonly goVersion: string;
  /** The release's `h1:` hash in hexadecimal digits, as the checksum database has it; absent for one that was installed otherwise. */
  readonly dirHash?: string;
  /** sha256 of the programs that build. */
  readonly tools: Readonly<Record<string, string>>;
}

/** How an artefact was built. */
export interface RelinkRecipe {
  /** In the words that `--source` takes; absent for a released module. */
  readonly source?: string;
  readonly godebug: 'keep' | 'new';
  readonly linkFlags: string;
  /** What followed `go`. */
  readonly argv: readonly string[];
  /** What it was given besides directories and module sources. */
  readonly env: Readonly<Record<string, string>>;
  readonly toolchain: ToolchainIdentity;
}

/** What a relink answers; plain JSON. */
export interface RelinkResult {
  readonly original: OriginalSummary;
  readonly reproduction: Reproduction;
  readonly artefact: RelinkArtefact;
  readonly recipe?: RelinkRecipe;
}

/** An original in brief. */
export function summaryOf(original: RelinkOriginal): OriginalSummary {
  const { sha256, sizeBytes, goVersion, package: path, main, buildId } = original;
  return { sha256, sizeBytes, goVersion, package: path, buildId, ...(main === undefined ? {} : { main }) };
}
