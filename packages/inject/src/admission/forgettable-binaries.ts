import type { GoRuntime } from '../go-runtime.ts';
import type { ObservedLibrary } from '../library/library.ts';
import type { ObservedBinary } from '../runtime-status.ts';
import type { SearchPath } from '../toolchain/toolchain.ts';

/** Observed binaries that a GoRuntime keeps although nothing uses their images now: its status must fit into etcd. */
export const maxUnusedBinaries = 10;

function forgettable<T extends { readonly image: string }>(
  known: readonly T[] = [],
  imagesInUse: ReadonlySet<string>,
): readonly T[] {
  const unused = known.filter(({ image }) => !imagesInUse.has(image));
  return unused.length > maxUnusedBinaries ? unused : [];
}

/**
 * Observed binaries that can be forgotten: those of images that no pod uses, when there are more of them than are kept for workloads
 * that are scaled to nothing for a while.
 */
export function forgettableBinaries(
  { status }: GoRuntime,
  imagesInUse: ReadonlySet<string>,
): readonly ObservedBinary[] {
  return forgettable(status?.binaries, imagesInUse);
}

/** The same for libraries that programs run on. */
export function forgettableLibraries(
  { status }: GoRuntime,
  imagesInUse: ReadonlySet<string>,
): readonly ObservedLibrary[] {
  return forgettable(status?.libraries, imagesInUse);
}

/** The same for what PATH was in images. */
export function forgettableSearchPaths(
  { status }: GoRuntime,
  imagesInUse: ReadonlySet<string>,
): readonly SearchPath[] {
  return forgettable(status?.searchPaths, imagesInUse);
}

/** Bytes of build info that a wish's status may hold: etcd takes 1.5 MB an object, and the builds of those programs come besides. */
export const maxBuildInfoBytes = 900_000;

/** Whether a wish has seen as many programs as its status can hold: no further one is taken up. */
export function isFull({ status }: GoRuntime): boolean {
  const bytes = (status?.binaries ?? []).reduce((sum, { buildInfo }) => sum + buildInfo.length, 0);
  return bytes >= maxBuildInfoBytes;
}
