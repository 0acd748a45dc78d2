/** An artefact that lies in a node's store. */
export interface StoredFile {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** When a pod asked for it last; 0 when none did since the plugin started. */
  readonly usedAtMs: number;
}

/** By what a store is tidied. */
export interface CollectionRules {
  /** What a GoRuntime may have mounted. */
  readonly wanted: ReadonlySet<string>;
  /** What is mounted now: never removed. */
  readonly mounted: ReadonlySet<string>;
  /** What all of it may take. */
  readonly maxBytes: number;
}

/**
 * The artefacts that are to be removed: what nobody wants, and of the rest, as long as it is too much, what was used least recently. What
 * is mounted stays, though it be too much.
 */
export function planCollection(files: readonly StoredFile[], rules: CollectionRules): readonly string[] {
  const { wanted, mounted, maxBytes } = rules;
  const removable = files.filter(({ sha256 }) => !mounted.has(sha256));
  const unwanted = removable.filter(({ sha256 }) => !wanted.has(sha256));
  const removed = new Set(unwanted.map(({ sha256 }) => sha256));
  let totalBytes = files
    .filter(({ sha256 }) => !removed.has(sha256))
    .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const byUse = removable
    .filter(({ sha256 }) => wanted.has(sha256))
    .sort((a, b) => a.usedAtMs - b.usedAtMs || b.sizeBytes - a.sizeBytes);
  for (const { sha256, sizeBytes } of byUse) {
    if (totalBytes <= maxBytes) break;
    removed.add(sha256);
    totalBytes -= sizeBytes;
  }
  return [...removed];
}
