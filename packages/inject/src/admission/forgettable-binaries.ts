import type { GoRuntime, ObservedBinary } from '../go-runtime.ts';
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

/** The same for what PATH was in images. */
export function forgettableSearchPaths(
  { status }: GoRuntime,
  imagesInUse: ReadonlySet<string>,
): readonly SearchPath[] {
  return forgettable(status?.searchPaths, imagesInUse);
}
