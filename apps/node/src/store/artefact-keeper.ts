import { sep } from 'node:path';
import { isSha256, type Sha256 } from '@gofleet/base/digest';
import { errorToJson, isGofleetError, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import type { ArtefactStore } from '@gofleet/build/ports';
import type { Mount } from '@gofleet/filesystem/mount-table';
import { libraryArtefacts } from '@gofleet/inject/choose-library';
import { toolchainArtefacts } from '@gofleet/inject/choose-releases';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { createWorkQueue, type WorkQueue } from '@gofleet/kube/work-queue';
import type { Obtain } from './obtain-artefact.ts';
import { planCollection, type StoredFile } from './plan-collection.ts';

export interface ArtefactKeeperOptions {
  readonly store: Pick<ArtefactStore, 'get' | 'list' | 'remove'> & {
    /** Deletes what was taken away while it was mounted. */
    readonly sweep?: () => Promise<void>;
  };
  readonly obtain: Obtain;
  /** Those that any GoRuntime may have mounted. */
  readonly wanted: (runtimes: Iterable<GoRuntime>) => ReadonlySet<Sha256>;
  readonly runtimes: ReadonlyMap<string, GoRuntime>;
  readonly readMounts: () => Promise<readonly Mount[]>;
  /** Whether what is stored is what was fetched, read afresh. */
  readonly isSound: (stored: { readonly path: string; readonly sha256: string }) => Promise<boolean>;
  /** What the store may take; more is kept only while it is mounted. */
  readonly maxBytes: number;
  /** Told of each artefact that lies here now. */
  readonly onFetched: (artefact: string) => void;
  /** Told why artefacts cannot be fetched, and when they can again. */
  readonly onProblem: (problem: string | undefined) => void;
  /** How often everything is read afresh; default once a day. */
  readonly recheckEveryMs?: number;
  readonly log: Log;
}

const collectKey = 'collect garbage';
const collectEveryMs = 600_000;
const recheckKey = 'check what is stored';
const dayMs = 24 * 3_600_000;

/** The artefacts that any GoRuntime may have mounted. */
export function wantedArtefacts(runtimes: Iterable<GoRuntime>): Set<Sha256> {
  const artefacts = [...runtimes].flatMap((runtime) => {
    const { builds = [], toolchain } = runtime.status ?? {};
    const files = [...builds.map(({ artefact }) => artefact), toolchain?.shim];
    return [...files.map((each) => each ?? ''), ...libraryArtefacts(runtime)];
  });
  return new Set(artefacts.filter((each): each is Sha256 => isSha256(each)));
}

/** The Go releases that any GoRuntime may have mounted, by the sha256 of their modules. */
export function wantedToolchains(runtimes: Iterable<GoRuntime>): Set<Sha256> {
  return new Set(toolchainArtefacts(runtimes).filter((each): each is Sha256 => isSha256(each)));
}

/** Fetches artefacts before pods ask for them, checks what it has, and removes what nobody will ask for again or is too much. */
export class ArtefactKeeper {
  readonly #options: ArtefactKeeperOptions;
  readonly #queue: WorkQueue;
  readonly #fetched = new Set<string>();
  /** Removed although they are wanted: fetched again only for a pod. */
  readonly #displaced = new Set<string>();
  readonly #usedAtMs = new Map<string, number>();

  constructor(options: ArtefactKeeperOptions) {
    this.#options = options;
    this.#queue = createWorkQueue({
      work: (key) => this.#work(key),
      onError: (key, error, nextInMs) => {
        options.log('warn', 'fetching ahead failed', { artefact: key, error: errorToJson(error), nextInMs });
        options.onProblem(`${error.code}: ${error.message}`);
      },
    });
    this.#queue.addAfter(recheckKey, options.recheckEveryMs ?? dayMs);
  }

  /** Path of an artefact for a pod; when the disk is full, what is not mounted makes room. */
  readonly obtain: Obtain = async (artefact) => {
    const { obtain, onProblem } = this.#options;
    this.#usedAtMs.set(artefact, Date.now());
    try {
      const path = await obtain(artefact).catch(async (thrown: unknown) => {
        if (!isGofleetError(thrown) || thrown.code !== 'build.disk-full') throw thrown;
        await this.#collect(0);
        return await obtain(artefact);
      });
      onProblem(undefined);
      return path;
    } catch (thrown) {
      const { code, message } = toGofleetError(thrown);
      onProblem(`${code}: ${message}`);
      throw thrown;
    }
  };

  /** A GoRuntime came, changed or went. Call it only once the first list of them is there. */
  runtimesChanged(change: 'added' | 'modified' | 'deleted'): void {
    const { runtimes, wanted } = this.#options;
    for (const artefact of wanted(runtimes.values())) this.#queue.add(artefact);
    this.#queue.addAfter(collectKey, change === 'deleted' ? 5000 : collectEveryMs);
  }

  /** Whether an artefact was fetched ahead, and is kept. */
  isFetched(artefact: string): boolean {
    return this.#fetched.has(artefact);
  }

  stop(): Promise<void> {
    return this.#queue.stop();
  }

  #work(key: string): Promise<number | undefined> {
    if (isSha256(key)) return this.#fetch(key);
    return key === recheckKey ? this.#recheck() : this.#collect(this.#options.maxBytes);
  }

  async #fetch(artefact: Sha256): Promise<undefined> {
    const { obtain, runtimes, onFetched, onProblem, wanted } = this.#options;
    if (!wanted(runtimes.values()).has(artefact) || this.#displaced.has(artefact)) return;
    await obtain(artefact);
    if (this.#fetched.has(artefact)) return;
    this.#fetched.add(artefact);
    onProblem(undefined);
    onFetched(artefact);
  }

  async #stored(): Promise<readonly StoredFile[]> {
    const { store } = this.#options;
    const found = await Promise.all((await store.list()).map((each) => store.get(each)));
    return found.flatMap((each) =>
      each ? [{ ...each, usedAtMs: this.#usedAtMs.get(each.sha256) ?? 0 }] : [],
    );
  }

  async #collect(maxBytes: number): Promise<number> {
    const { store, runtimes, readMounts, log } = this.#options;
    // A store's file, or folder, is `…/<2 digits>/<62 digits>`.
    const mounted = new Set((await readMounts()).map(({ root }) => root.split(sep).slice(-2).join('')));
    const wanted: ReadonlySet<string> = this.#options.wanted(runtimes.values());
    // Wished anew, it is fetched ahead anew.
    for (const artefact of this.#displaced) if (!wanted.has(artefact)) this.#displaced.delete(artefact);
    for (const artefact of planCollection(await this.#stored(), { wanted, mounted, maxBytes })) {
      await store.remove(artefact);
      this.#fetched.delete(artefact);
      this.#usedAtMs.delete(artefact);
      if (wanted.has(artefact)) this.#displaced.add(artefact);
      const why = wanted.has(artefact) ? 'the store is full' : 'it is in no GoRuntime and in no pod';
      log('info', `removed an artefact: ${why}`, { artefact });
    }
    await store.sweep?.();
    return collectEveryMs;
  }

  /** Disks rot without a file's looking any different; what does, the store does not even show. What is mounted meanwhile stays as it is; the next pod gets a sound one. */
  async #recheck(): Promise<number> {
    const { store, isSound, recheckEveryMs = dayMs, log } = this.#options;
    for (const artefact of await store.list()) {
      const stored = await store.get(artefact);
      if (stored && (await isSound(stored))) continue;
      log('warn', 'an artefact is not what it was: fetched again', { artefact });
      await store.remove(artefact);
      this.#fetched.delete(artefact);
      this.#queue.add(artefact);
    }
    return recheckEveryMs;
  }
}
