import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { CacheFile } from '@gofleet/build/cache/cache-file';
import { objectHeaderBytes, parseObjectRelease } from '@gofleet/build/cache/object-release';
import { listBuildCache, type OnPart, programIn } from './build-cache.ts';
import { inspectFileSync } from './inspect-file.ts';

/** How much of something there is. */
export interface CacheCount {
  readonly files: number;
  readonly bytes: number;
}

/** What a build cache holds; bytes are those that it occupies on disk. */
export interface CacheMeasure {
  readonly dir: string;
  readonly bytes: number;
  /** By kind: 175 bytes that say which output an action had; and the outputs. */
  readonly actions: CacheCount;
  readonly data: CacheCount;
  /** Last uses, in milliseconds since 1970; up to an hour late. Absent for an empty cache. */
  readonly oldestUseMs?: number;
  readonly newestUseMs?: number;
  /** Outputs by the release that made them; `unknown` are those that do not say. Only when asked for. */
  readonly releases?: Readonly<Record<string, CacheCount>>;
}

export interface MeasureCache {
  readonly dir: string;
  /** Read the beginning of every output to learn which release made it. */
  readonly withReleases: boolean;
  readonly onPart?: OnPart;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

function count(files: readonly CacheFile[]): CacheCount {
  return { files: files.length, bytes: files.reduce((total, { sizeBytes }) => total + sizeBytes, 0) };
}

async function beginningOf(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(objectHeaderBytes), 0, objectHeaderBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Packages say it in their first line, programs in their build info; nothing else does. */
async function releaseOf(path: string): Promise<string> {
  try {
    const program = await programIn(path);
    if (program !== undefined) return inspectFileSync(program).goVersion ?? 'unknown';
    return parseObjectRelease(await beginningOf(path)) ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

const atOnce = 64;

async function countReleases(
  data: readonly CacheFile[],
  { dir, onProgress, signal }: MeasureCache,
): Promise<Record<string, CacheCount>> {
  const byRelease = new Map<string, CacheFile[]>();
  for (let start = 0; start < data.length; start += atOnce) {
    signal?.throwIfAborted();
    const some = data.slice(start, start + atOnce);
    const releases = await Promise.all(some.map(({ name }) => releaseOf(join(dir, name))));
    for (const [index, file] of some.entries()) {
      const release = releases[index] ?? 'unknown';
      const known = byRelease.get(release);
      if (known) known.push(file);
      else byRelease.set(release, [file]);
    }
    onProgress?.(Math.min(data.length, start + atOnce), data.length);
  }
  return Object.fromEntries([...byRelease].map(([release, files]) => [release, count(files)]));
}

/**
 * What a build cache holds.
 * @throws as `listBuildCache`
 */
export async function measureBuildCache(measure: MeasureCache): Promise<CacheMeasure> {
  const files = await listBuildCache(measure.dir, measure);
  const data = files.filter(({ kind }) => kind === 'data');
  const uses = files.map(({ usedAtMs }) => usedAtMs);
  const [oldest, newest] = [
    uses.reduce((a, b) => Math.min(a, b), Infinity),
    uses.reduce((a, b) => Math.max(a, b), 0),
  ];
  return {
    dir: measure.dir,
    bytes: count(files).bytes,
    actions: count(files.filter(({ kind }) => kind === 'action')),
    data: count(data),
    ...(files.length === 0 ? {} : { oldestUseMs: oldest, newestUseMs: newest }),
    ...(measure.withReleases ? { releases: await countReleases(data, measure) } : {}),
  };
}
