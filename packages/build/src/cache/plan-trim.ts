import type { CacheFile } from './cache-file.ts';

/** The `go` command refreshes the time of last use at most this often. @see Go cmd/go/internal/cache mtimeInterval (go1.26) */
export const useIntervalMs = 60 * 60_000;

/** What a trim should reach, and what it must not touch. */
export interface TrimRequest {
  readonly files: readonly CacheFile[];
  readonly maxBytes: number;
  /** When the oldest build that is running began; `undefined` when none is. */
  readonly busySinceMs: number | undefined;
  /** How late a use is written down; default an hour, as the `go` command does. */
  readonly useLagMs?: number;
}

/** Two steps: entries first, so that no build that starts meanwhile is sent to an output that is about to go. */
export interface TrimPlan {
  readonly actions: readonly CacheFile[];
  readonly data: readonly CacheFile[];
  readonly keptBytes: number;
  /** The cap is not reached, since a running build may need the rest. */
  readonly isHeldBack: boolean;
}

/** Whether a build that began then may have been given the output. */
export function mayBeInUse(
  { usedAtMs }: CacheFile,
  busySinceMs: number | undefined,
  useLagMs = useIntervalMs,
): boolean {
  return busySinceMs !== undefined && usedAtMs >= busySinceMs - useLagMs;
}

const sum = (files: readonly CacheFile[]): number =>
  files.reduce((total, { sizeBytes }) => total + sizeBytes, 0);

/**
 * Which files go so that the rest is at most `maxBytes`: outputs by their last use, the oldest first, and every entry that
 * can lead to one of them. An entry's time may be `useLagMs` behind its output's, so entries go that were used up to that much
 * later than the last output that goes; what they led to besides is compiled again.
 */
export function planTrim(request: TrimRequest): TrimPlan {
  const { files, maxBytes, busySinceMs, useLagMs = useIntervalMs } = request;
  const oldestFirst = (a: CacheFile, b: CacheFile): number => a.usedAtMs - b.usedAtMs;
  const data = files.filter(({ kind }) => kind === 'data').sort(oldestFirst);
  const actions = files.filter(({ kind }) => kind === 'action').sort(oldestFirst);
  let kept = sum(files);
  let [dataCount, actionCount] = [0, 0];
  while (kept > maxBytes) {
    const next = data[dataCount];
    if (!next || mayBeInUse(next, busySinceMs, useLagMs)) break;
    kept -= next.sizeBytes;
    dataCount += 1;
    for (let entry = actions[actionCount]; entry; entry = actions[actionCount]) {
      if (entry.usedAtMs > next.usedAtMs + useLagMs) break;
      kept -= entry.sizeBytes;
      actionCount += 1;
    }
  }
  return {
    actions: actions.slice(0, actionCount),
    data: data.slice(0, dataCount),
    keptBytes: kept,
    isHeldBack: kept > maxBytes && dataCount < data.length,
  };
}
