import { createHash } from 'node:crypto';
import { open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isSha256 } from '@gofleet/base/digest';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { writeError } from '@gofleet/base/write-error';
import type { ObjectFolder } from '@gofleet/build/cacheprog/ports';
import { type RemoteKey, renderRemoteKey } from '@gofleet/build/cacheprog/remote-key';
import { makeDirectory } from './make-directory.ts';
import { removeTree, stagingPath, sweepStaging } from './staging.ts';

export interface ObjectFolderOptions {
  readonly dir: string;
  /** What the bundles of all namespaces may have together; the least recently used go first. */
  readonly maxBytes: number;
}

interface Stored {
  readonly path: string;
  readonly sizeBytes: number;
  readonly usedAtMs: number;
}

async function namesIn(dir: string): Promise<string[]> {
  return readdir(dir).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return [];
    throw thrown;
  });
}

async function describe(path: string): Promise<Stored[]> {
  const facts = await stat(path).catch(() => undefined);
  return facts === undefined ? [] : [{ path, sizeBytes: facts.size, usedAtMs: facts.mtimeMs }];
}

/** Writes what comes, answering its hash. */
async function writeHashed(path: string, content: AsyncIterable<Uint8Array>): Promise<string> {
  const file = await open(path, 'wx', 0o600);
  try {
    const sum = createHash('sha256');
    for await (const chunk of content) {
      sum.update(chunk);
      await file.write(chunk);
    }
    return sum.digest('hex');
  } finally {
    await file.close();
  }
}

/** Files `<namespace>/<kind>/<sha256>`, each whole or not there. */
class DirectoryObjects implements ObjectFolder {
  readonly #dir: string;
  readonly #maxBytes: number;
  #addedBytes = 0;
  #trimming: Promise<void> | undefined;

  constructor({ dir, maxBytes }: ObjectFolderOptions) {
    this.#dir = dir;
    this.#maxBytes = maxBytes;
  }

  async find(key: RemoteKey): Promise<{ path: string; sizeBytes: number } | undefined> {
    const path = this.#pathOf(key);
    const [stored] = await describe(path);
    if (!stored) return undefined;
    const now = Date.now() / 1000;
    await utimes(path, now, now).catch(() => undefined);
    return { path, sizeBytes: stored.sizeBytes };
  }

  async put(key: RemoteKey, content: AsyncIterable<Uint8Array>): Promise<void> {
    const path = this.#pathOf(key);
    const temporary = stagingPath(this.#dir);
    try {
      await makeDirectory(dirname(path));
      const found = await writeHashed(temporary, content);
      if (found !== key.sha256) {
        throw new GofleetError(
          'build.wrong-digest',
          `expected content with sha256 ${key.sha256}, found ${found}`,
        );
      }
      await rename(temporary, path);
    } catch (thrown) {
      // What the sender did wrong is no failure of ours to write.
      throw isGofleetError(thrown) || (thrown as NodeJS.ErrnoException).syscall === undefined
        ? thrown
        : writeError(path, thrown);
    } finally {
      await removeTree(temporary);
    }
    const [stored] = await describe(path);
    await this.#account(stored?.sizeBytes ?? 0);
  }

  async list(
    namespace: RemoteKey['namespace'],
    kind: RemoteKey['kind'],
  ): Promise<{ sha256: RemoteKey['sha256']; sizeBytes: number }[]> {
    const dir = join(this.#dir, namespace, kind);
    const digests = (await namesIn(dir)).filter(isSha256);
    const all = await Promise.all(
      digests.map(async (sha256) => ({ sha256, found: await describe(join(dir, sha256)) })),
    );
    return all.flatMap(({ sha256, found }) => found.map(({ sizeBytes }) => ({ sha256, sizeBytes })));
  }

  async remove(key: RemoteKey): Promise<void> {
    await rm(this.#pathOf(key), { force: true });
  }

  #pathOf(key: RemoteKey): string {
    return join(this.#dir, renderRemoteKey(key));
  }

  async #account(bytes: number): Promise<void> {
    this.#addedBytes += bytes;
    if (this.#addedBytes <= this.#maxBytes / 100) return;
    this.#trimming ??= this.#trim().finally(() => {
      this.#trimming = undefined;
    });
    await this.#trimming;
  }

  async #trim(): Promise<void> {
    this.#addedBytes = 0;
    await sweepStaging(this.#dir);
    const bundles: Stored[] = [];
    for (const namespace of await namesIn(this.#dir)) {
      const dir = join(this.#dir, namespace, 'bundles');
      const found = await Promise.all(
        (await namesIn(dir).catch(() => [])).map((name) => describe(join(dir, name))),
      );
      bundles.push(...found.flat());
    }
    let left = bundles.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
    for (const { path, sizeBytes } of bundles.sort((a, b) => a.usedAtMs - b.usedAtMs)) {
      if (left <= this.#maxBytes * 0.99) return;
      await rm(path, { force: true });
      left -= sizeBytes;
    }
  }
}

/** The objects of a cache server in a folder, which is made when something is put into it. */
export function createObjectFolder(options: ObjectFolderOptions): ObjectFolder {
  return new DirectoryObjects(options);
}
