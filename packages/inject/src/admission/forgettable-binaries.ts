import type { GoRuntime, ObservedBinary } from '../go-runtime.ts';

/** Observed binaries that a GoRuntime keeps although nothing uses their images now: its status must fit into etcd. */
export const maxUnusedBinaries = 10;

/**
 * Observed binaries that can be forgotten: those of images that no pod uses, when there are more of them than are kept for workloads
 * that are scaled to nothing for a while.
 */
export function forgettableBinaries(
  { status }: GoRuntime,
  imagesInUse: ReadonlySet<string>,
): readonly ObservedBinary[] {
  const unused = (status?.binaries ?? []).filter(({ image }) => !imagesInUse.has(image));
  return unused.length > maxUnusedBinaries ? unused : [];
}
