import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What changes when a file's content is written to, however it is done. */
export interface FileIdentity {
  readonly text: string;
  readonly sizeBytes: number;
  readonly changedAtMs: number;
}

/** The identity of a file; `undefined` when it is not there. */
export async function identityOf(path: string): Promise<FileIdentity | undefined> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    const text = `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
    return { text, sizeBytes: Number(size), changedAtMs: Number(ctimeNs / 1_000_000n) };
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** After a day a file is read again, since storage decays without a change of times. */
const validMs = 24 * 60 * 60_000;
/** Two writes within a tick of the file system's clock have the same time; nothing that fresh is remembered. */
const clockTickMs = 50;

/** Remembers, over restarts, which files were read and found right, as long as they are not written to. */
export class VerifiedFiles {
  readonly #dir: string;
  readonly #known = new Map<string, { readonly identity: string; readonly atMs: number }>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Whether the content was verified within the last day and the file is as it was then. */
  async has(sha256: string, { text }: FileIdentity): Promise<boolean> {
    const known = this.#known.get(sha256) ?? (await this.#load(sha256));
    if (known?.identity !== text) return false;
    const ageMs = Date.now() - known.atMs;
    return ageMs >= 0 && ageMs < validMs;
  }

  /** Remembers a file by the identity that it had before its content was read. */
  async add(sha256: string, { text, changedAtMs }: FileIdentity): Promise<void> {
    const atMs = Date.now();
    if (atMs - changedAtMs < clockTickMs) return;
    this.#known.set(sha256, { identity: text, atMs });
    // What cannot be remembered is read again next time.
    await mkdir(this.#dir, { recursive: true })
      .then(() => writeFile(join(this.#dir, sha256), `${text} ${atMs}\n`))
      .catch(() => undefined);
  }

  async #load(sha256: string): Promise<{ identity: string; atMs: number } | undefined> {
    const line = await readFile(join(this.#dir, sha256), 'utf8').catch(() => '');
    const [, identity, atMs] = /^(\S+) (\d+)\n$/.exec(line) ?? [];
    if (identity === undefined) return undefined;
    const known = { identity, atMs: Number(atMs) };
    this.#known.set(sha256, known);
    return known;
  }
}
