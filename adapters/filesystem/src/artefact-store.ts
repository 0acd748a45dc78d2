import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { Readable } from 'node:stream';
import { isSha256, parseSha256 } from '@gofleet/base/digest';
import { GofleetError } from '@gofleet/base/errors';
import type { ArtefactStore, OnFinding, RecordedProof, StoredArtefact } from '@gofleet/build/ports';
import type { RelinkResult } from '@gofleet/build/relink';
import { FileDigests, identityOf } from './file-digests.ts';
import { hashFile } from './inspect-file.ts';
import { sweepLeftovers } from './sweep.ts';
import { syncPath } from './sync-tree.ts';

/** Where the store lies and whom it tells of damage. */
export interface ArtefactStoreOptions {
  readonly dir: string;
  readonly onFinding?: OnFinding;
}

/** What is remembered under a key. */
type RecordKind = 'builds' | 'proofs';

const artefactMode = 0o555;
const highWaterMark = 1 << 20;

/**
 * A content-addressed directory: `sha256/<2>/<62>` are the artefacts, `builds/<2>/<62>.json` what recipes made, `proofs/` likewise how
 * originals were reproduced, `verified/` which
 * artefacts were read and found right.
 */
class DirectoryStore implements ArtefactStore {
  readonly #dir: string;
  readonly #onFinding: OnFinding;
  readonly #verified: FileDigests;
  #swept: Promise<void> | undefined;

  constructor({ dir, onFinding }: ArtefactStoreOptions) {
    this.#dir = dir;
    this.#verified = new FileDigests(join(dir, 'verified'));
    this.#onFinding = onFinding ?? (() => undefined);
  }

  async get(digest: string): Promise<StoredArtefact | undefined> {
    const sha256 = parseSha256(digest);
    const path = this.#pathOf('sha256', sha256);
    const identity = await identityOf(path);
    if (identity === undefined) return undefined;
    const { sizeBytes } = identity;
    if ((await this.#verified.find(identity)) === sha256) return { path, sha256, sizeBytes };
    // Read afresh whatever was remembered, before it is thrown away.
    const found = await hashFile(path);
    if (found.sha256 !== sha256) return this.#discard(path, sha256, found.sha256);
    await this.#verified.add(identity, sha256);
    return { path, sha256, sizeBytes: found.sizeBytes };
  }

  async put(
    source: string | AsyncIterable<Uint8Array>,
    expected?: { readonly sha256: string },
  ): Promise<StoredArtefact> {
    const temporary = await this.#temporary();
    try {
      await writeTo(
        temporary,
        typeof source === 'string' ? createReadStream(source, { highWaterMark }) : source,
      );
      const { sha256, sizeBytes } = await hashFile(temporary);
      if (expected && expected.sha256 !== sha256) throw wrongDigest(expected.sha256, sha256);
      return (await this.get(sha256)) ?? (await this.#publish(temporary, { sha256, sizeBytes }));
    } catch (thrown) {
      throw storeFailed(this.#dir, thrown);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async list(): Promise<readonly string[]> {
    const names = await readdir(join(this.#dir, 'sha256'), { recursive: true }).catch(() => []);
    return names.map((name) => name.replace(sep, '')).filter((name) => isSha256(name));
  }

  async remove(digest: string): Promise<void> {
    const path = this.#pathOf('sha256', parseSha256(digest));
    const identity = await identityOf(path);
    await rm(path, { force: true });
    if (identity) await this.#verified.forget(identity);
  }

  async recordBuild(recipeKey: string, result: RelinkResult): Promise<void> {
    await this.#record('builds', recipeKey, result);
  }

  async findBuild(recipeKey: string): Promise<RelinkResult | undefined> {
    const result = await this.#recall('builds', recipeKey, isBuild);
    const stored = result && (await this.get(result.artefact.sha256));
    return result && stored && { ...result, artefact: { ...result.artefact, path: stored.path } };
  }

  async recordProof(proofKey: string, proof: RecordedProof): Promise<void> {
    await this.#record('proofs', proofKey, proof);
  }

  async findProof(proofKey: string): Promise<RecordedProof | undefined> {
    return this.#recall('proofs', proofKey, isProof);
  }

  async #record(kind: RecordKind, key: string, value: RelinkResult | RecordedProof): Promise<void> {
    const temporary = await this.#temporary();
    const path = `${this.#pathOf(kind, parseSha256(key))}.json`;
    try {
      await writeTo(temporary, Readable.from([Buffer.from(`${JSON.stringify(value)}\n`)]));
      await mkdir(dirname(path), { recursive: true });
      await rename(temporary, path);
    } catch (thrown) {
      throw storeFailed(this.#dir, thrown);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** A record that was cut short or written by something else is as good as none. */
  async #recall<T>(
    kind: RecordKind,
    key: string,
    is: (value: unknown) => value is T,
  ): Promise<T | undefined> {
    const path = `${this.#pathOf(kind, parseSha256(key))}.json`;
    try {
      const value: unknown = JSON.parse(await readFile(path, 'utf8'));
      return is(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }

  #pathOf(kind: 'sha256' | RecordKind, digest: string): string {
    return join(this.#dir, kind, digest.slice(0, 2), digest.slice(2));
  }

  async #temporary(): Promise<string> {
    const directory = join(this.#dir, 'tmp');
    await mkdir(directory, { recursive: true });
    this.#swept ??= sweepLeftovers(directory);
    await this.#swept;
    return join(directory, `${process.pid}-${randomBytes(8).toString('hex')}`);
  }

  async #publish(temporary: string, file: { sha256: string; sizeBytes: number }): Promise<StoredArtefact> {
    const path = this.#pathOf('sha256', file.sha256);
    await mkdir(dirname(path), { recursive: true });
    await rename(temporary, path);
    await syncPath(dirname(path));
    return { path, ...file };
  }

  async #discard(path: string, sha256: string, found: string): Promise<undefined> {
    await rm(path, { force: true });
    this.#onFinding({
      code: 'build.corrupt-artefact',
      severity: 'warning',
      message: `the artefact ${sha256} was damaged and is removed: its content has sha256 ${found}`,
      facts: { path, sha256, found },
      hint: 'it is built or fetched again when it is needed; look for failing storage',
    });
    return undefined;
  }
}

function wrongDigest(expected: string, found: string): GofleetError {
  return new GofleetError('build.wrong-digest', `expected content with sha256 ${expected}, found ${found}`, {
    facts: { expected, found },
    retry: 'later',
  });
}

/** What went wrong with writing to a store: `build.disk-full`, `build.store-failed`; errors of ours as they are. */
export function storeFailed(dir: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (typeof code !== 'string' || code.includes('.')) return cause;
  const full = code === 'ENOSPC';
  return new GofleetError(
    full ? 'build.disk-full' : 'build.store-failed',
    `cannot store in ${dir}: ${full ? 'no space left on device' : (cause as Error).message}`,
    { facts: { dir, errno: code }, retry: 'later', cause },
  );
}

/** Writes and syncs a new file. */
async function writeTo(path: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await open(path, 'wx', artefactMode);
  try {
    await handle.writeFile(source);
    // The mode given to open is cut by the umask.
    await handle.chmod(artefactMode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isBuild(value: unknown): value is RelinkResult {
  const { artefact, reproduction } = value as RelinkResult;
  return isSha256(artefact.sha256) && typeof reproduction.grade === 'string';
}

function isProof(value: unknown): value is RecordedProof {
  const { source, reproduction, linkFlags } = value as RecordedProof;
  return (
    typeof source.kind === 'string' && typeof reproduction.grade === 'string' && typeof linkFlags === 'string'
  );
}

/** The artefact store in a directory, which is made when something is put into it. */
export function createArtefactStore(options: ArtefactStoreOptions): ArtefactStore {
  return new DirectoryStore(options);
}
