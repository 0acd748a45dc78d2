import {
  closeSync,
  futimesSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isGofleetError } from '@gofleet/base/errors';
import { writeError } from '@gofleet/base/write-error';
import { type ActionEntry, parseActionEntry, renderActionEntry } from '@gofleet/build/cache/action-entry';
import { actionName, outputName } from '@gofleet/build/cache/cache-file';
import type { CachedObject, NewObject } from '@gofleet/build/cacheprog/ports';
import { createFile, factsOf, hashOpenFile, type NewOutput } from './output-file.ts';
import { stagingPath, stagingPrefix, sweepStaging } from './staging.ts';
import { trimBuildCache } from './trim-cache.ts';

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

/** An object whose output was put into the tier; without identity when something was there already. */
export interface ArrivedObject extends ActionEntry {
  readonly identity: string | undefined;
}

/** A build that uses the tier: what it was given stays until it ends. */
export interface TierSession {
  get(actionId: string): CachedObject | undefined;
  /** Whether there is something that `get` would read; it may turn out to be damaged. */
  has(actionId: string): boolean;
  put(object: NewObject): CachedObject;
  /** Where outputs that nobody asked for yet are put by `createOutput`, and the time of use that makes them the first to go. */
  readonly ahead: { readonly dir: string; readonly usedAt: number };
  /** Notes what was put there. */
  keepAhead(objects: readonly ArrivedObject[]): void;
  /** Ends the session; trims to the cap. */
  end(): Promise<void>;
}

const blockBytes = 4096;
/** What is told of the time of a use may be so late: the file system's clock ticks. */
const useLagMs = 50;
/** A trim leaves so much room. Near the cap the folder is listed again after as much new content: others may write to it too. */
const slack = 0.01;
/** Storage decays without a change of times. */
const verifiedForMs = 24 * 60 * 60_000;

interface Verified {
  readonly identity: string;
  readonly untilMs: number;
}

/**
 * Objects of builds on this machine, in the format of Go's own build cache, so that whatever reads that reads this. An output is
 * handed out only after its content was hashed by this process, and again whenever its file was written to.
 */
export class LocalTier {
  readonly #options: LocalTierOptions;
  readonly #verified = new Map<string, Verified>();
  /** Entries of objects that came ahead, written down when the build ends: until then nobody has time for them. */
  readonly #ahead = new Map<string, ActionEntry>();
  #addedBytes = 0;
  #listAfterBytes = 0;
  #trimming: Promise<void> | undefined;

  /** @throws `filesystem.disk-full`, `filesystem.no-permission`, `filesystem.cannot-write` */
  constructor(options: LocalTierOptions) {
    this.#options = options;
    try {
      mkdirSync(options.dir, { recursive: true });
      // Workers write into them.
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
    this.#orMake(mark, () => writeFileSync(mark, ''));
    return {
      get: (actionId) => this.#get(actionId, startedAtMs),
      has: (actionId) => this.#has(actionId),
      put: (object) => this.#put(object),
      ahead: { dir: this.#options.dir, usedAt: (startedAtMs - 1000) / 1000 },
      keepAhead: (objects) => this.#keepAhead(objects),
      end: async () => {
        rmSync(mark, { force: true });
        this.#writeAhead();
        await this.#trimming;
        if (this.#addedBytes > this.#listAfterBytes) await this.#trim();
      },
    };
  }

  #get(actionId: string, startedAtMs: number): CachedObject | undefined {
    const entry = this.#entryOf(actionId);
    const path = entry && join(this.#options.dir, outputName(entry.outputId));
    const file = path === undefined ? undefined : openIfThere(path);
    if (!entry || path === undefined || file === undefined) return undefined;
    try {
      if (!this.#verify(file, { path, entry, startedAtMs })) return undefined;
    } finally {
      closeSync(file);
    }
    if (!this.#ahead.has(actionId)) touch(join(this.#options.dir, actionName(actionId)));
    return { outputId: entry.outputId, sizeBytes: entry.sizeBytes, addedAtNs: entry.addedAtNs, path };
  }

  #entryOf(actionId: string): ActionEntry | undefined {
    return this.#ahead.get(actionId) ?? readEntry(join(this.#options.dir, actionName(actionId)), actionId);
  }

  #verify(file: number, object: { path: string; entry: ActionEntry; startedAtMs: number }): boolean {
    const { path, entry, startedAtMs } = object;
    const { outputId, sizeBytes } = entry;
    const now = factsOf(file);
    // Somebody may be writing it just now, or was killed when writing it.
    if (now.sizeBytes < sizeBytes) return false;
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
    if (now.usedAtMs < startedAtMs) futimesSync(file, Date.now() / 1000, Date.now() / 1000);
    else if (isKnown) return true;
    this.#remember(outputId, factsOf(file).identity);
    return true;
  }

  #remember(outputId: string, identity: string): void {
    this.#verified.set(outputId, { identity, untilMs: Date.now() + verifiedForMs });
  }

  #put({ actionId, outputId, body, addedAtNs }: NewObject): CachedObject {
    const path = this.#writeOutput({ outputId, body });
    this.#ahead.delete(actionId);
    this.#writeEntry({ actionId, outputId, sizeBytes: body.length, addedAtNs });
    return { outputId, sizeBytes: body.length, addedAtNs, path };
  }

  #keepAhead(objects: readonly ArrivedObject[]): void {
    for (const { identity, ...entry } of objects) {
      if (identity === undefined && this.#has(entry.actionId)) continue;
      if (identity !== undefined) this.#remember(entry.outputId, identity);
      this.#ahead.set(entry.actionId, entry);
      this.#account(Math.ceil(entry.sizeBytes / blockBytes) * blockBytes);
    }
  }

  #writeAhead(): void {
    for (const entry of this.#ahead.values()) this.#writeEntry(entry);
    this.#ahead.clear();
  }

  #writeEntry(entry: ActionEntry): void {
    const path = join(this.#options.dir, actionName(entry.actionId));
    this.#orMake(path, () => writeFileSync(path, renderActionEntry(entry)));
    this.#account(blockBytes);
  }

  #has(actionId: string): boolean {
    const entry = this.#entryOf(actionId);
    if (!entry) return false;
    const facts = statSync(join(this.#options.dir, outputName(entry.outputId)), { throwIfNoEntry: false });
    return facts?.size === entry.sizeBytes;
  }

  /** Makes the file of an output in one go, or puts a new one in the place of one that is there. */
  #writeOutput(output: NewOutput): string {
    const { outputId, body } = output;
    const path = join(this.#options.dir, outputName(outputId));
    this.#orMake(path, () => {
      try {
        this.#remember(outputId, createFile(path, output));
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
        this.#replace(path, output);
      }
    });
    this.#account(Math.ceil(body.length / blockBytes) * blockBytes);
    return path;
  }

  #replace(path: string, output: NewOutput): void {
    const temporary = stagingPath(this.#options.dir);
    createFile(temporary, output);
    renameSync(temporary, path);
    // A rename changes a time of the file.
    this.#verified.delete(output.outputId);
  }

  /** Somebody may have emptied the cache while this process runs. */
  #orMake(path: string, write: () => void): void {
    try {
      try {
        write();
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
        mkdirSync(dirname(path), { recursive: true });
        write();
      }
    } catch (thrown) {
      throw writeError(path, thrown);
    }
  }

  #account(bytes: number): void {
    this.#addedBytes += bytes;
    if (this.#addedBytes > this.#listAfterBytes) this.#trimming ??= this.#trim();
  }

  async #trim(): Promise<void> {
    const { dir, maxBytes } = this.#options;
    this.#addedBytes = 0;
    try {
      await sweepStaging(dir);
      const leave = maxBytes * (1 - slack);
      const busySinceMs = (): Promise<number | undefined> => oldestSession(dir);
      const { afterBytes } = await trimBuildCache({ dir, maxBytes: leave, busySinceMs, useLagMs });
      // A few processes may fill the room at once.
      this.#listAfterBytes = Math.max(maxBytes * slack, (maxBytes - afterBytes) / 4);
    } catch (thrown) {
      if (!isGofleetError(thrown)) throw thrown;
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
