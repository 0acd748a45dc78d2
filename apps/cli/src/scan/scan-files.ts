import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { errorToJson, type GofleetError, toGofleetError } from '@gofleet/base/errors';
import { findFiles } from '@gofleet/filesystem/find-files';
import { inspectFileSync } from '@gofleet/filesystem/inspect-file';
import type { BinaryFacts } from '@gofleet/identify/binary-facts';
import type { ReadOptions } from '@gofleet/identify/read-binary';
import type { ArchiveFind, FoundImage } from '@gofleet/oci/inspect-archive';

/** Where in a cluster a program runs. */
export interface PodPlace {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
  /** As the pod's spec writes it. */
  readonly image: string;
  /** As the container runtime resolved it. */
  readonly imageId: string;
  readonly node: string;
}

/** A Go executable, as `--json` prints it: facts of the file with those of its build info beside them. */
export type ScannedBinary = {
  readonly path: string;
  readonly packed: false;
  readonly image?: FoundImage;
  /** The processes that run it. */
  readonly pids?: readonly number[];
  /** Of the file, where it was read as a whole. */
  readonly sha256?: string;
  /** The container of a cluster that runs it. */
  readonly pod?: PodPlace;
} & Omit<BinaryFacts, 'buildInfo'> &
  RecordedFacts;

type Recorded = NonNullable<BinaryFacts['buildInfo']>;

/** What the build recorded; `undefined` where it recorded nothing. */
type RecordedFacts = { readonly [K in 'package' | 'main' | 'deps' | 'settings']: Recorded[K] | undefined };

/** A path that gave no answer. */
export interface ScanProblem {
  readonly path: string;
  /** Whether it was named on the command line, rather than found in a directory. */
  readonly given: boolean;
  readonly error: GofleetError;
}

/** What a scan found; of each executable what is to be printed. */
export interface ScanOutcome<T> {
  readonly binaries: readonly T[];
  readonly problems: readonly ScanProblem[];
}

/** Facts as they are printed. */
export function describe(path: string, facts: BinaryFacts): ScannedBinary {
  const { buildInfo } = facts;
  // One literal: copying the facts by parts took a tenth of a scan.
  return {
    path,
    format: facts.format,
    member: facts.member,
    os: facts.os,
    arch: facts.arch,
    compiler: facts.compiler,
    goVersion: facts.goVersion,
    package: buildInfo?.package,
    main: buildInfo?.main,
    deps: buildInfo?.deps,
    settings: buildInfo?.settings,
    buildId: facts.buildId,
    buildIdSegments: facts.buildIdSegments,
    fingerprint: facts.fingerprint,
    provenance: facts.provenance,
    linkage: facts.linkage,
    runtimeLibrary: facts.runtimeLibrary,
    stripped: facts.stripped,
    packed: false,
    grade: facts.grade,
    bytesRead: facts.bytesRead,
    problems: facts.problems,
  };
}

/** In a directory, files that are no Go programs are no news. */
export function isNews(given: boolean, error: GofleetError): boolean {
  return given || !['identify.not-executable', 'identify.not-go'].includes(error.code);
}

function inspect(path: string, options: ReadOptions): ScannedBinary | GofleetError {
  try {
    return describe(path, inspectFileSync(path, options));
  } catch (thrown) {
    return toGofleetError(thrown);
  }
}

/** Whether a find is an executable, rather than a path without an answer. */
export function isBinary(found: ScannedBinary | ScanProblem): found is ScannedBinary {
  return !('error' in found);
}

/** Hears of every find. */
export type Visit = (found: ScannedBinary | ScanProblem) => void;

/** Visits the programs of an archive or image, each by its path in it. */
export function visitFinds(path: string, finds: readonly ArchiveFind[], visit: Visit): void {
  for (const { path: inner, found, image } of finds) {
    const place = `${path}!${inner}`;
    if (found instanceof Error) visit({ path: place, given: true, error: found });
    else visit({ ...describe(place, found), ...(image ? { image } : {}) });
  }
}

/** Visits the programs in an archive or image; `false` when the path is neither. What reads them is loaded only then. */
async function visitArchive(path: string, signal: AbortSignal, visit: Visit): Promise<boolean> {
  const { inspectArchive, inspectLayout } = await import('@gofleet/oci/inspect-archive');
  try {
    const finds = isLayout(path)
      ? await inspectLayout(path, { signal })
      : await inspectArchive(path, { signal });
    visitFinds(path, finds ?? [], visit);
    return finds !== undefined;
  } catch (thrown) {
    signal.throwIfAborted();
    visit({ path, given: true, error: toGofleetError(thrown) });
    return true;
  }
}

/** Whether a directory is an OCI image layout. @see OCI image specification, image-layout.md */
const isLayout = (path: string): boolean =>
  ['oci-layout', 'index.json'].every((name) => existsSync(join(path, name)));

/**
 * Visits what the Go executables among the files and below the directories say of themselves, one by one as they are read, and
 * those in archives and images among the files; stops early when aborted.
 */
export async function visitFiles(
  paths: readonly string[],
  { signal, ...options }: ReadOptions & { readonly signal: AbortSignal },
  visit: Visit,
): Promise<void> {
  let count = 0;
  const layouts = paths.filter(isLayout);
  for (const path of layouts) await visitArchive(path, signal, visit);
  const others = paths.filter((path) => !layouts.includes(path));
  for (const { path, given, problem } of findFiles(others)) {
    const found = problem ?? inspect(path, options);
    if (!(found instanceof Error)) visit(found);
    else if (given && found.code === 'identify.not-executable' && (await visitArchive(path, signal, visit)))
      continue;
    else if (isNews(given, found)) visit({ path, given, error: found });
    // Lets an interrupt in.
    if (++count % 256 === 0) await new Promise(setImmediate);
    if (signal.aborted) break;
  }
}

/** A find as `--json` and `--jsonl` print it. */
function findToJson(found: ScannedBinary | ScanProblem): unknown {
  if (isBinary(found)) return found;
  const { path, error } = found;
  const packed = error.code === 'identify.packed';
  return { path, packed, grade: 'unknown', problems: [error.message], error: errorToJson(error) };
}

/** A find as a line of JSON. */
export const renderFind = (found: ScannedBinary | ScanProblem): string => JSON.stringify(findToJson(found));
