import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isGofleetError } from '@gofleet/base/errors';
import { parseActionEntry } from '@gofleet/build/cache/action-entry';
import { type CacheFile, outputName, parseCacheName } from '@gofleet/build/cache/cache-file';
import { listBuildCache, programIn } from './build-cache.ts';
import { type HashedFile, hashFile } from './inspect-file.ts';

/** A file of a build cache that is not what its name says. */
export interface CorruptObject {
  readonly path: string;
  readonly kind: CacheFile['kind'];
  readonly reason: string;
  readonly removed: boolean;
}

/** What a verification read and found. */
export interface CacheVerdict {
  readonly dir: string;
  readonly entries: number;
  readonly outputs: number;
  readonly bytes: number;
  /** Entries whose output is gone: the `go` command takes them for absent. */
  readonly dangling: number;
  /** Files that a running build may not have finished; not read. */
  readonly skipped: number;
  readonly corrupt: readonly CorruptObject[];
}

export interface VerifyCache {
  readonly dir: string;
  /** Take away what is corrupt; builds make it anew. */
  readonly remove: boolean;
  /** When the oldest running `go` command began; what it writes is not finished yet. */
  readonly busySinceMs?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

type Judged = { readonly reason?: string; readonly dangling?: boolean; readonly bytes?: number };

function judgeEntry(dir: string, { name }: CacheFile): Judged {
  const text = readFileSync(join(dir, name), 'latin1');
  try {
    const { actionId, outputId, sizeBytes } = parseActionEntry(text);
    if (actionId !== parseCacheName(name)?.hash) return { reason: `the entry is of action ${actionId}` };
    const facts = statSync(join(dir, outputName(outputId)), { throwIfNoEntry: false });
    if (!facts) return { dangling: true };
    if (!facts.isDirectory() && facts.size !== sizeBytes) {
      return { reason: `its output has ${facts.size} bytes, expected ${sizeBytes}` };
    }
    return {};
  } catch (thrown) {
    if (isGofleetError(thrown)) return { reason: thrown.message };
    throw thrown;
  }
}

/** Most outputs are small: reading them at once takes a third of the time that a stream of promises does. */
const atOnceBytes = 2 << 20;

async function hashOutput(path: string, sizeBytes: number, signal?: AbortSignal): Promise<HashedFile> {
  if (sizeBytes > atOnceBytes) return hashFile(path, { signal });
  const content = readFileSync(path);
  return { sha256: hash('sha256', content), sizeBytes: content.length };
}

async function judgeOutput(dir: string, { name }: CacheFile, signal?: AbortSignal): Promise<Judged> {
  const path = join(dir, name);
  const facts = statSync(path);
  const file = facts.isDirectory() ? await programIn(path) : path;
  if (file === undefined) return { reason: 'expected one program in the directory' };
  const { sha256, sizeBytes } = await hashOutput(file, statSync(file).size, signal);
  const isRight = sha256 === parseCacheName(name)?.hash;
  return { bytes: sizeBytes, ...(isRight ? {} : { reason: `its content has the hash ${sha256}` }) };
}

/** A file that vanishes while it is read was taken away by a build or a trim: nothing to report. */
async function judge(dir: string, file: CacheFile, signal?: AbortSignal): Promise<Judged> {
  try {
    return file.kind === 'action' ? judgeEntry(dir, file) : await judgeOutput(dir, file, signal);
  } catch (thrown) {
    signal?.throwIfAborted();
    const code = isGofleetError(thrown) ? thrown.code : (thrown as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'filesystem.not-found') return {};
    return { reason: `cannot be read: ${(thrown as Error).message}` };
  }
}

const atOnce = 16;

/**
 * Reads a whole build cache and compares every output with the hash that is its name, every entry with its own. The `go`
 * command itself checks the size of an output, not its content.
 * @throws as `listBuildCache`
 * @see Go cmd/go/internal/cache GetFile (go1.26)
 */
export async function verifyBuildCache(verify: VerifyCache): Promise<CacheVerdict> {
  const { dir, remove, busySinceMs = Infinity, onProgress, signal } = verify;
  const all = await listBuildCache(dir, verify);
  const files = all.filter(({ usedAtMs }) => usedAtMs < busySinceMs);
  const corrupt: CorruptObject[] = [];
  const count = { bytes: 0, dangling: 0 };
  const visit = async (file: CacheFile): Promise<void> => {
    const { reason, dangling, bytes = 0 } = await judge(dir, file, signal);
    count.bytes += bytes;
    if (dangling) count.dangling += 1;
    if (reason === undefined) return;
    const path = join(dir, file.name);
    if (remove) await rm(path, { recursive: true, force: true });
    corrupt.push({ path, kind: file.kind, reason, removed: remove });
  };
  for (let start = 0; start < files.length; start += atOnce) {
    signal?.throwIfAborted();
    await Promise.all(files.slice(start, start + atOnce).map(visit));
    onProgress?.(Math.min(files.length, start + atOnce), files.length);
    // Lets an interrupt in: nothing else in here may wait for anything.
    await setImmediate();
  }
  const entries = files.filter(({ kind }) => kind === 'action').length;
  const skipped = all.length - files.length;
  return { dir, entries, outputs: files.length - entries, ...count, skipped, corrupt };
}
