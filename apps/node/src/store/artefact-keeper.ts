import { sep } from 'node:path';
import { isSha256, type Sha256 } from '@gofleet/base/digest';
import { errorToJson } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import type { ArtefactStore } from '@gofleet/build/ports';
import type { Mount } from '@gofleet/filesystem/mount-table';
import { toolchainArtefacts } from '@gofleet/inject/choose-releases';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { createWorkQueue, type WorkQueue } from '@gofleet/kube/work-queue';
import type { Obtain } from './obtain-artefact.ts';

export interface ArtefactKeeperOptions {
  readonly store: Pick<ArtefactStore, 'list' | 'remove'>;
  readonly obtain: Obtain;
  /** Those that any GoRuntime may have mounted. */
  readonly wanted: (runtimes: Iterable<GoRuntime>) => ReadonlySet<Sha256>;
  readonly runtimes: ReadonlyMap<string, GoRuntime>;
  readonly readMounts: () => Promise<readonly Mount[]>;
  /** Told of each artefact that lies here now. */
  readonly onFetched: (artefact: string) => void;
  readonly log: Log;
}

const collectKey = 'collect garbage';
const collectEveryMs = 600_000;

/** The artefacts that any GoRuntime may have mounted. */
export function wantedArtefacts(runtimes: Iterable<GoRuntime>): Set<Sha256> {
  const artefacts = [...runtimes]
    .flatMap(({ status }) => [...(status?.builds ?? []), { artefact: status?.toolchain?.shim }])
    .map((each) => each.artefact ?? '');
  return new Set(artefacts.filter((each): each is Sha256 => isSha256(each)));
}

/** The Go releases that any GoRuntime may have mounted, by the sha256 of their modules. */
export function wantedToolchains(runtimes: Iterable<GoRuntime>): Set<Sha256> {
  return new Set(toolchainArtefacts(runtimes).filter((each): each is Sha256 => isSha256(each)));
}

/** Fetches artefacts before pods ask for them, and removes those that nobody will ask for again. */
export class ArtefactKeeper {
  readonly #options: ArtefactKeeperOptions;
  readonly #queue: WorkQueue;
  readonly #fetched = new Set<string>();

  constructor(options: ArtefactKeeperOptions) {
    this.#options = options;
    this.#queue = createWorkQueue({
      work: (key) => (isSha256(key) ? this.#fetch(key) : this.#collect()),
      onError: (key, error, nextInMs) =>
        options.log('warn', 'fetching ahead failed', { artefact: key, error: errorToJson(error), nextInMs }),
    });
  }

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

  async #fetch(artefact: Sha256): Promise<undefined> {
    const { obtain, runtimes, onFetched, wanted } = this.#options;
    if (!wanted(runtimes.values()).has(artefact)) return;
    await obtain(artefact);
    if (this.#fetched.has(artefact)) return;
    this.#fetched.add(artefact);
    onFetched(artefact);
  }

  async #collect(): Promise<number> {
    const { store, runtimes, readMounts, log } = this.#options;
    // A store's file, or folder, is `…/<2 digits>/<62 digits>`.
    const mounted = new Set((await readMounts()).map(({ root }) => root.split(sep).slice(-2).join('')));
    const wanted: ReadonlySet<string> = this.#options.wanted(runtimes.values());
    for (const artefact of await store.list()) {
      if (wanted.has(artefact) || mounted.has(artefact)) continue;
      await store.remove(artefact);
      this.#fetched.delete(artefact);
      log('info', 'removed an artefact that is in no GoRuntime and in no pod', { artefact });
    }
    return collectEveryMs;
  }
}
