import { ReadAhead } from '@gofleet/build/cacheprog/read-ahead';
import type { FetchedBundle } from './bundle-thread.ts';
import type { BundleRef, RemoteIndex } from './remote-index.ts';

export interface BundleReaderOptions {
  readonly index: RemoteIndex;
  /** Whether an action's output is on this machine. */
  readonly has: (actionId: string) => boolean;
  /** Puts what is in a bundle where builds find it; `undefined` when there is no such bundle. */
  readonly fetch: (ref: BundleRef) => Promise<FetchedBundle | undefined>;
  /** Told of a bundle that is damaged. */
  readonly onCorrupt: (ref: BundleRef, why: string) => void;
}

/** How many bundles are fetched ahead at a time, and while the build waits for one: that one is to come first. */
const atOnce = { free: 4, waiting: 1 };

/** Fetches the bundles of one build, those that it asks for and those that it will. */
export class BundleReader {
  readonly #options: BundleReaderOptions;
  readonly #readAhead = new ReadAhead();
  readonly #fetched = new Map<string, Promise<void>>();
  #queue: BundleRef[] = [];
  #running = 0;
  #waiting = 0;

  constructor(options: BundleReaderOptions) {
    this.#options = options;
  }

  /** Ends when what is in the bundle is on this machine, as far as it is sound. @throws as `RemoteStore` */
  fetch(ref: BundleRef): Promise<void> {
    const running = this.#fetched.get(ref.bundle.sha256) ?? this.#readNow(ref);
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

  #readNow(ref: BundleRef): Promise<void> {
    this.#waiting += 1;
    const running = this.#read(ref).finally(() => {
      this.#waiting -= 1;
      this.#next();
    });
    this.#fetched.set(ref.bundle.sha256, running);
    return running;
  }

  #next(): void {
    while (this.#running < (this.#waiting > 0 ? atOnce.waiting : atOnce.free)) {
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
    const { index, fetch, onCorrupt } = this.#options;
    const fetched = await fetch(ref);
    if (fetched === undefined) return index.forget(ref);
    const { problem } = fetched;
    if (problem !== undefined) onCorrupt(ref, problem);
  }
}
