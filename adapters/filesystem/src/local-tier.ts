import { createHash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  futimesSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isGofleetError } from '@gofleet/base/errors';
import { writeError } from '@gofleet/base/write-error';
import { type ActionEntry, parseActionEntry, renderActionEntry } from '@gofleet/build/cache/action-entry';
import { actionName, outputName } from '@gofleet/build/cache/cache-file';
import type { CachedObject, NewObject } from '@gofleet/build/cacheprog/ports';
import { stagingPath, stagingPrefix, sweepStaging } from './staging.ts';
import { type TrimOutcome, trimBuildCache } from './trim-cache.ts';

/** An object whose content is not what its name says, and which is gone now. */
export interface DroppedObject {
  readonly path: string;
  readonly found: string;
}

export interface LocalTierOptions {
  readonly dir: string;
  /** What the folder may occupy on disk. */
  readonly maxBytes: number;
  readonly onDropped: (dropped: DroppedObject) => void;
}

/** A build that uses the tier: what it was given stays until it ends. */
export interface TierSession {
  get(actionId: string): CachedObject | undefined;
  /** Whether there is something that `get` would read; it may turn out to be damaged. */
  has(actionId: string): boolean;
  put(object: NewObject): CachedObject;
  /** Keeps objects that nobody asked for yet; they are the first to go. */
  putAhead(objects: readonly NewObject[]): void;
  /** Ends the session; trims to the cap. */
  end(): Promise<void>;
}

const blockBytes = 4096;
const occupied = (sizeBytes: number): number => Math.ceil(sizeBytes / blockBytes) * blockBytes;
/** What is told of the time of a use may be so late: the file system's clock ticks. */
const useLagMs = 50;
/** After so much new content, the folder is listed again: other processes may write to it too. */
const listEvery = 0.01;
/** Storage decays without a change of times. */
const verifiedForMs = 24 * 60 * 60_000;

interface Verified {
  readonly identity: string;
  readonly untilMs: number;
}

const scratch = Buffer.allocUnsafe(1 << 20);

function hashOpenFile(file: number): string {
  const sum = createHash('sha256');
  for (let read = readSync(file, scratch, 0, scratch.length, 0), at = 0; read > 0; ) {
    sum.update(scratch.subarray(0, read));
    at += read;
    read = readSync(file, scratch, 0, scratch.length, at);
  }
  return sum.digest('hex');
}

/** What changes when a file's content is written to. */
function identityOf(file: number): { readonly identity: string; readonly sizeBytes: number; readonly usedAtMs: number } {
  const { dev, ino, size, mtimeMs, ctimeMs } = fstatSync(file);
  return { identity: `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`, sizeBytes: size, usedAtMs: mtimeMs };
}

/**
 * Objects of builds on this machine, in the format of Go's own build cache, so that whatever reads that reads this. An output is
 * handed out only after its content was hashed by this process, and again whenever its file was written to.
 */
export class LocalTier {
  readonly #options: LocalTierOptions;
  readonly #verified = new Map<string, Verified>();
  #addedBytes = 0;
  #trimming: Promise<TrimOutcome | undefined> | undefined;

  /** @throws `filesystem.disk-full`, `filesystem.no-permission`, `filesystem.cannot-write` */
  constructor(options: LocalTierOptions) {
    this.#options = options;
    try {
      mkdirSync(options.dir, { recursive: true });
      for (let part = 0; part < 256; part++) {
        mkdirSync(join(options.dir, part.toString(16).padStart(2, '0')), { recursive: true });
      }
    } catch (thrown) {
      throw writeError(options.dir, thrown);
    }
  }

  /** Begins a build. */
  begin(): TierSession {
    const startedAtMs = Date.now();
    const mark = stagingPath(this.#options.dir);
    this.#write(mark, new Uint8Array());
    return {
      get: (actionId) => this.#get(actionId, startedAtMs),
      has: (actionId) => this.#has(actionId),
      put: (object) => this.#put(object),
      putAhead: (objects) => this.#putAhead(objects, startedAtMs),
      end: async () => {
        rmSync(mark, { force: true });
        await this.#trimming;
        if (this.#addedBytes > 0) await this.#trim();
      },
    };
  }

  #get(actionId: string, startedAtMs: number): CachedObject | undefined {
    const entryPath = join(this.#options.dir, actionName(actionId));
    const entry = readEntry(entryPath, actionId);
    const path = entry && join(this.#options.dir, outputName(entry.outputId));
    const file = path === undefined ? undefined : openIfThere(path);
    if (!entry || path === undefined || file === undefined) return undefined;
    try {
      if (!this.#verify(file, { path, entry, startedAtMs })) return undefined;
    } finally {
      closeSync(file);
    }
    touch(entryPath);
    return { outputId: entry.outputId, sizeBytes: entry.sizeBytes, addedAtNs: entry.addedAtNs, path };
  }

  #verify(file: number, object: { path: string; entry: ActionEntry; startedAtMs: number }): boolean {
    const { path, entry, startedAtMs } = object;
    const { outputId, sizeBytes } = entry;
    const now = identityOf(file);
    const known = this.#verified.get(outputId);
    const isKnown = known?.identity === now.identity && known.untilMs > Date.now();
    if (!isKnown) {
      const found = hashOpenFile(file);
      if (found !== outputId) {
        rmSync(path, { force: true, recursive: true });
        this.#verified.delete(outputId);
        this.#options.onDropped({ path, found });
        return false;
      }
    }
    if (now.sizeBytes !== sizeBytes) return false;
    if (now.usedAtMs < startedAtMs) futimesSync(file, Date.now() / 1000, Date.now() / 1000);
    else if (isKnown) return true;
    this.#remember(outputId, identityOf(file).identity);
    return true;
  }

  #remember(outputId: string, identity: string): void {
    this.#verified.set(outputId, { identity, untilMs: Date.now() + verifiedForMs });
  }

  #put({ actionId, outputId, body, addedAtNs }: NewObject): CachedObject {
    const path = join(this.#options.dir, outputName(outputId));
    this.#writeOutput(outputId, path, body);
    const entry = { actionId, outputId, sizeBytes: body.length, addedAtNs };
    writeFileSync(join(this.#options.dir, actionName(actionId)), renderActionEntry(entry));
    this.#account(blockBytes);
    return { outputId, sizeBytes: body.length, addedAtNs, path };
  }

  #putAhead(objects: readonly NewObject[], startedAtMs: number): void {
    const before = (startedAtMs - 1000) / 1000;
    for (const object of objects) {
      if (this.#has(object.actionId)) continue;
      const entryPath = join(this.#options.dir, actionName(object.actionId));
      const { path } = this.#put(object);
      utimesSync(path, before, before);
      utimesSync(entryPath, before, before);
      const file = openSync(path, 'r');
      this.#remember(object.outputId, identityOf(file).identity);
      closeSync(file);
    }
  }

  #has(actionId: string): boolean {
    const entry = readEntry(join(this.#options.dir, actionName(actionId)), actionId);
    if (!entry) return false;
    const facts = statSync(join(this.#options.dir, outputName(entry.outputId)), { throwIfNoEntry: false });
    return facts?.size === entry.sizeBytes;
  }

  #writeOutput(outputId: string, path: string, body: Uint8Array): void {
    const temporary = stagingPath(this.#options.dir);
    this.#write(temporary, body);
    renameSync(temporary, path);
    this.#verified.delete(outputId);
    this.#account(occupied(body.length));
  }

  #write(path: string, body: Uint8Array): void {
    try {
      writeFileSync(path, body);
    } catch (thrown) {
      rmSync(path, { force: true });
      throw writeError(path, thrown);
    }
  }

  #account(bytes: number): void {
    this.#addedBytes += bytes;
    if (this.#addedBytes > this.#options.maxBytes * listEvery) this.#trimming ??= this.#trim();
  }

  async #trim(): Promise<TrimOutcome | undefined> {
    const { dir, maxBytes } = this.#options;
    this.#addedBytes = 0;
    try {
      await sweepStaging(dir);
      const leave = maxBytes * (1 - listEvery);
      const busySinceMs = (): Promise<number | undefined> => oldestSession(dir);
      return await trimBuildCache({ dir, maxBytes: leave, busySinceMs, useLagMs });
    } catch (thrown) {
      if (isGofleetError(thrown)) return undefined;
      throw thrown;
    } finally {
      this.#trimming = undefined;
    }
  }
}

/** When the oldest build began that runs, of any process. */
async function oldestSession(dir: string): Promise<number | undefined> {
  const names = (await readdir(dir)).filter((name) => name.startsWith(stagingPrefix));
  const times = await Promise.all(names.map((name) => stat(join(dir, name)).catch(() => undefined)));
  const started = times.flatMap((time) => (time === undefined ? [] : [time.mtimeMs]));
  return started.length === 0 ? undefined : Math.min(...started);
}

/** An entry that was cut short is as good as none. */
function readEntry(path: string, actionId: string): ActionEntry | undefined {
  try {
    const entry = parseActionEntry(readFileSync(path, 'latin1'));
    return entry.actionId === actionId ? entry : undefined;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || isGofleetError(thrown)) return undefined;
    throw thrown;
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** Another process may have trimmed it away meanwhile; the output is pinned by its own time. */
function touch(path: string): void {
  const now = Date.now() / 1000;
  try {
    utimesSync(path, now, now);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
  }
}

