import type { RemoteStore } from '@gofleet/build/cacheprog/ports';
import { ReadAhead } from '@gofleet/build/cacheprog/read-ahead';
import type { BundleRef, RemoteIndex } from './remote-index.ts';
import type { UnpackedBundle } from './unpack-worker.ts';

export interface BundleReaderOptions {
  readonly store: RemoteStore;
  readonly index: RemoteIndex;
  readonly signal: AbortSignal;
  /** Whether an action's output is on this machine. */
  readonly has: (actionId: string) => boolean;
  /** Puts what is in a bundle where builds find it. */
  readonly unpack: (bytes: Uint8Array) => Promise<UnpackedBundle>;
  /** Told of a bundle that is damaged. */
  readonly onCorrupt: (ref: BundleRef, why: string) => void;
}

/** How many bundles are fetched ahead at a time. */
const atOnce = 3;

/** Fetches the bundles of one build, those that it asks for and those that it will. */
export class BundleReader {
  readonly #options: BundleReaderOptions;
  readonly #readAhead = new ReadAhead();
  readonly #fetched = new Map<string, Promise<void>>();
  #queue: BundleRef[] = [];
  #running = 0;

  constructor(options: BundleReaderOptions) {
    this.#options = options;
  }

  /** Ends when what is in the bundle is on this machine, as far as it is sound. @throws as `RemoteStore` */
  fetch(ref: BundleRef): Promise<void> {
    const { sha256 } = ref.bundle;
    const running = this.#fetched.get(sha256) ?? this.#read(ref);
    this.#fetched.set(sha256, running);
    this.#use(ref);
    return running;
  }

  /** Notes that an object was used that this build fetched, perhaps ahead. */
  used(ref: BundleRef): void {
    if (this.#fetched.has(ref.bundle.sha256)) this.#use(ref);
  }

  /** Fetches nothing ahead any more. */
  stop(): void {
    this.#queue = [];
  }

  #use({ bundle: { build, sequence } }: BundleRef): void {
    const places = this.#readAhead.use(build, sequence);
    this.#queue.push(...places.flatMap((place) => this.#options.index.at(build, place) ?? []));
    this.#next();
  }

  #next(): void {
    while (this.#running < atOnce) {
      const ref = this.#queue.shift();
      if (!ref) return;
      if (this.#fetched.has(ref.bundle.sha256) || this.#isHere(ref)) continue;
      this.#running += 1;
      const running = this.#read(ref);
      this.#fetched.set(ref.bundle.sha256, running);
      // Whoever needs it is told of the failure by `fetch`.
      running
        .catch(() => undefined)
        .finally(() => {
          this.#running -= 1;
          this.#next();
        });
    }
  }

  /** A sample is enough: a bundle comes and goes as a whole. */
  #isHere({ bundle: { actionIds } }: BundleRef): boolean {
    const sample = [actionIds[0], actionIds[actionIds.length >> 1], actionIds.at(-1)];
    return sample.every((actionId) => actionId !== undefined && this.#options.has(actionId));
  }

  async #read(ref: BundleRef): Promise<void> {
    const { store, index, signal, unpack, onCorrupt } = this.#options;
    const { sha256 } = ref.bundle;
    const bytes = await store.get({ namespace: ref.namespace, kind: 'bundles', sha256 }, { signal });
    if (bytes === undefined) return index.forget(ref);
    const { problem } = await unpack(bytes);
    if (problem !== undefined) onCorrupt(ref, problem);
  }
}
