import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CacheFile } from '@gofleet/build/cache/cache-file';
import { mayBeInUse, planTrim, useIntervalMs } from '@gofleet/build/cache/plan-trim';
import { listBuildCache, type OnPart } from './build-cache.ts';
import { fileError } from './open-file.ts';

/** A trim of one build cache. */
export interface TrimCache {
  readonly dir: string;
  readonly maxBytes: number;
  /** When the oldest running `go` command began; `undefined` when none runs. Asked twice. */
  readonly busySinceMs: () => Promise<number | undefined>;
  /** How late a use is written down; default an hour, as the `go` command does. */
  readonly useLagMs?: number;
  readonly onPart?: OnPart;
  readonly signal?: AbortSignal;
}

/** What a trim did. */
export interface TrimOutcome {
  readonly dir: string;
  readonly beforeBytes: number;
  readonly afterBytes: number;
  readonly removedFiles: number;
  /** The cap is not reached, since a running build may need the rest. */
  readonly isHeldBack: boolean;
}

const atOnce = 64;

/** Removes files as long as nobody has used them since they were listed; returns those that are gone. */
async function removeUnused(
  dir: string,
  files: readonly CacheFile[],
  signal?: AbortSignal,
): Promise<CacheFile[]> {
  const gone: CacheFile[] = [];
  const remove = async (file: CacheFile): Promise<void> => {
    const path = join(dir, file.name);
    const now = await stat(path).catch(() => undefined);
    if (now && now.mtimeMs !== file.usedAtMs) return;
    try {
      await rm(path, { recursive: true, force: true });
    } catch (thrown) {
      throw fileError(path, thrown);
    }
    gone.push(file);
  };
  for (let start = 0; start < files.length; start += atOnce) {
    signal?.throwIfAborted();
    await Promise.all(files.slice(start, start + atOnce).map(remove));
  }
  return gone;
}

const sum = (files: readonly CacheFile[]): number =>
  files.reduce((total, { sizeBytes }) => total + sizeBytes, 0);

/**
 * Removes the least recently used of a build cache until the rest is at most `maxBytes`. Safe beside running builds: first go
 * the entries, after which no build that starts is sent to an output that will go; then the outputs, without those that a
 * build may have been sent to before.
 * @throws as `listBuildCache`
 */
export async function trimBuildCache(trim: TrimCache): Promise<TrimOutcome> {
  const { dir, maxBytes, busySinceMs, useLagMs = useIntervalMs, signal } = trim;
  const files = await listBuildCache(dir, trim);
  const plan = planTrim({ files, maxBytes, busySinceMs: await busySinceMs(), useLagMs });
  const gone = await removeUnused(dir, plan.actions, signal);
  const since = plan.data.length === 0 ? undefined : await busySinceMs();
  const free = plan.data.filter((file) => !mayBeInUse(file, since, useLagMs));
  gone.push(...(await removeUnused(dir, free, signal)));
  const [beforeBytes, removed] = [sum(files), sum(gone)];
  return {
    dir,
    beforeBytes,
    afterBytes: beforeBytes - removed,
    removedFiles: gone.length,
    isHeldBack: plan.isHeldBack || free.length < plan.data.length,
  };
}
