import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HashedFile, hashFile } from './inspect-file.ts';

/** What changes when a file's content is written to, however it is done. */
export interface FileIdentity {
  /** The file's place in its file system. */
  readonly place: string;
  readonly text: string;
  readonly sizeBytes: number;
  readonly changedAtMs: number;
}

/** The identity of a file; `undefined` when it is not there. */
export async function identityOf(path: string): Promise<FileIdentity | undefined> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    const place = `${dev}-${ino}`;
    const text = `${place}:${size}:${mtimeNs}:${ctimeNs}`;
    return { place, text, sizeBytes: Number(size), changedAtMs: Number(ctimeNs / 1_000_000n) };
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** After a day a file is read again, since storage decays without a change of times. */
const validMs = 24 * 60 * 60_000;
/** Two writes within a tick of the file system's clock have the same time; nothing that fresh is remembered. */
const clockTickMs = 50;

interface KnownDigest {
  readonly identity: string;
  readonly sha256: string;
  readonly atMs: number;
}

/** Remembers, over restarts, the digests of files as long as they are not written to. */
export class FileDigests {
  readonly #dir: string;
  readonly #known = new Map<string, KnownDigest>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** The sha256 of a file that was read within the last day and is as it was then. */
  async find({ place, text }: FileIdentity): Promise<string | undefined> {
    const known = this.#known.get(place) ?? (await this.#load(place));
    if (known?.identity !== text) return undefined;
    const ageMs = Date.now() - known.atMs;
    return ageMs >= 0 && ageMs < validMs ? known.sha256 : undefined;
  }

  /** Remembers the digest of a file by the identity that it had before its content was read. */
  async add({ place, text, changedAtMs }: FileIdentity, sha256: string): Promise<void> {
    const atMs = Date.now();
    if (atMs - changedAtMs < clockTickMs) return;
    this.#known.set(place, { identity: text, sha256, atMs });
    // What cannot be remembered is read again next time.
    await mkdir(this.#dir, { recursive: true })
      .then(() => writeFile(join(this.#dir, place), `${text} ${sha256} ${atMs}\n`))
      .catch(() => undefined);
  }

  /** {@link hashFile} of a file that may be known. @throws as `hashFile` */
  async hash(path: string, signal?: AbortSignal): Promise<HashedFile> {
    const identity = await identityOf(path);
    const known = identity && (await this.find(identity));
    if (known !== undefined) return { sha256: known, sizeBytes: identity?.sizeBytes ?? 0 };
    const found = await hashFile(path, { signal });
    if (identity) await this.add(identity, found.sha256);
    return found;
  }

  /** Forgets a file that is about to go. */
  async forget({ place }: FileIdentity): Promise<void> {
    this.#known.delete(place);
    await rm(join(this.#dir, place), { force: true });
  }

  async #load(place: string): Promise<KnownDigest | undefined> {
    const line = await readFile(join(this.#dir, place), 'utf8').catch(() => '');
    const [, identity, sha256, atMs] = /^(\S+) ([0-9a-f]{64}) (\d+)\n$/.exec(line) ?? [];
    if (identity === undefined || sha256 === undefined) return undefined;
    const known = { identity, sha256, atMs: Number(atMs) };
    this.#known.set(place, known);
    return known;
  }
}
