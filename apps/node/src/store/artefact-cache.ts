import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isSha256, type Sha256 } from '@gofleet/base/digest';
import { GofleetError } from '@gofleet/base/errors';
import type { Finding } from '@gofleet/base/finding';
import { createFileVerifier, type FileVerifier } from './verify-file.ts';

export interface ArtefactCacheOptions {
  readonly dir: string;
  /** The content from elsewhere, not to be trusted. */
  readonly download: (artefact: Sha256) => Promise<AsyncIterable<Uint8Array>>;
  /** Told when a corrupt artefact was removed. */
  readonly onFinding: (finding: Finding) => void;
  /** A longer download is refused; default 1 GiB. */
  readonly maxBytes?: number;
}

/** An artefact of the cache, as found on disk. */
export interface CachedArtefact {
  readonly artefact: Sha256;
  /** When it was fetched, milliseconds of the epoch. */
  readonly storedAtMs: number;
}

const partial = /\.partial$/;

/** Artefacts of this node by their sha256: fetched when asked for, verified before each use. */
export class ArtefactCache {
  readonly #options: ArtefactCacheOptions;
  readonly #verifier: FileVerifier = createFileVerifier();
  readonly #inFlight = new Map<Sha256, Promise<string>>();

  constructor(options: ArtefactCacheOptions) {
    this.#options = options;
  }

  /** Makes the folder, and removes what killed runs left half-fetched. */
  async open(): Promise<void> {
    await mkdir(this.#options.dir, { recursive: true, mode: 0o755 });
    const names = await readdir(this.#options.dir);
    await Promise.all(names.filter((name) => partial.test(name)).map((name) => rm(this.#path(name))));
  }

  /**
   * Path of the artefact, its content verified; fetched when it is absent, and again when it is corrupt. Callers that ask
   * at the same time share one fetch.
   * @throws `node.artefact-unavailable`, `node.wrong-digest`, `node.artefact-too-large`
   */
  obtain(artefact: Sha256): Promise<string> {
    const running = this.#inFlight.get(artefact);
    if (running) return running;
    const started = this.#obtain(artefact).finally(() => this.#inFlight.delete(artefact));
    this.#inFlight.set(artefact, started);
    return started;
  }

  /** What the cache holds, unverified. */
  async list(): Promise<CachedArtefact[]> {
    const names = (await readdir(this.#options.dir).catch(() => [])).flatMap((name) =>
      isSha256(name) ? [name] : [],
    );
    return await Promise.all(
      names.map(async (artefact) => ({ artefact, storedAtMs: (await stat(this.#path(artefact))).mtimeMs })),
    );
  }

  /** Removes an artefact; where it is mounted it stays until it is unmounted. */
  async remove(artefact: Sha256): Promise<void> {
    await rm(this.#path(artefact), { force: true });
  }

  #path(name: string): string {
    return join(this.#options.dir, name);
  }

  async #obtain(artefact: Sha256): Promise<string> {
    const path = this.#path(artefact);
    if (await this.#verifier.verify(path, artefact)) return path;
    if (await stat(path).catch(() => undefined)) {
      await rm(path, { force: true });
      const message = `artefact ${artefact} in the store of the node did not have its hash; removed, fetched again`;
      this.#options.onFinding({
        code: 'node.corrupt-artefact',
        severity: 'warning',
        message,
        facts: { path },
      });
    }
    await this.#fetch(artefact, path);
    return path;
  }

  async #fetch(artefact: Sha256, path: string): Promise<void> {
    const unfinished = `${path}.${randomUUID()}.partial`;
    try {
      const found = await this.#write(await this.#options.download(artefact), unfinished);
      if (found !== artefact)
        throw new GofleetError(
          'node.wrong-digest',
          `artefact ${artefact}: the builder sent content of sha256 ${found}`,
          {
            facts: { expected: artefact, found },
            retry: 'later',
          },
        );
      await rename(unfinished, path);
      await syncFolder(this.#options.dir);
      await this.#verifier.trust(path, artefact);
    } finally {
      await rm(unfinished, { force: true });
    }
  }

  /** Writes and syncs a file of mode 0555; answers the sha256 of what was written. */
  async #write(content: AsyncIterable<Uint8Array>, path: string): Promise<string> {
    const { maxBytes = 2 ** 30 } = this.#options;
    const hash = createHash('sha256');
    const file = await open(path, 'wx', 0o555);
    try {
      let sizeBytes = 0;
      for await (const chunk of content) {
        sizeBytes += chunk.length;
        if (sizeBytes > maxBytes)
          throw new GofleetError(
            'node.artefact-too-large',
            `an artefact is at most ${maxBytes} bytes, found more`,
          );
        hash.update(chunk);
        await file.writeFile(chunk);
      }
      await file.chmod(0o555);
      await file.sync();
    } finally {
      await file.close();
    }
    return hash.digest('hex');
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
