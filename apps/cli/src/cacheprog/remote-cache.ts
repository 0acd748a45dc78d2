import type { GofleetError } from '@gofleet/base/errors';
import type { Namespace } from '@gofleet/build/cacheprog/namespace';
import type { RemoteStore } from '@gofleet/build/cacheprog/ports';
import type { BundleThreads } from './bundle-threads.ts';
import { type Counts, countCalls } from './counts.ts';
import { type BundleRef, RemoteIndex } from './remote-index.ts';

export interface RemoteCacheOptions {
  readonly store: RemoteStore;
  readonly threads: BundleThreads;
  readonly counts: Counts;
  /** The only one that is written to. */
  readonly own: Namespace;
  /** Others that are read from. */
  readonly others: readonly Namespace[];
  readonly isReadOnly: boolean;
  readonly signal: AbortSignal;
}

/** A store that could not be reached is left alone for so long. */
const restMs = 30_000;

/** A remote cache as all builds of this process see it. */
export class RemoteCache {
  readonly store: RemoteStore;
  readonly index: RemoteIndex;
  readonly own: Namespace;
  readonly canWrite: boolean;
  readonly signal: AbortSignal;
  readonly counts: Counts;
  readonly threads: BundleThreads;
  #problem: { readonly error: GofleetError; readonly atMs: number } | undefined;

  constructor({ store, threads, counts, own, others, isReadOnly, signal }: RemoteCacheOptions) {
    this.counts = counts;
    this.threads = threads;
    this.store = countCalls(store, this.counts);
    this.own = own;
    this.canWrite = !isReadOnly;
    this.signal = signal;
    this.index = new RemoteIndex({
      store: this.store,
      namespaces: [own, ...others],
      onCorrupt: (namespace, { sha256 }) => this.#remove({ namespace, kind: 'index', sha256 }),
    });
  }

  noteProblem(error: GofleetError): void {
    if (error.retry === 'later') this.#problem = { error, atMs: Date.now() };
  }

  /** Why there is no sense in asking just now. */
  downBecause(): GofleetError | undefined {
    const isFresh = this.#problem !== undefined && Date.now() - this.#problem.atMs < restMs;
    return isFresh ? this.#problem?.error : undefined;
  }

  /** Takes a damaged bundle out of the index and, where we may, out of the store. */
  readonly dropBundle = (ref: BundleRef): void => {
    this.index.forget(ref);
    this.#remove({ namespace: ref.namespace, kind: 'bundles', sha256: ref.bundle.sha256 });
  };

  #remove(key: Parameters<RemoteStore['remove']>[0]): void {
    if (!this.canWrite || key.namespace !== this.own) return;
    // It is not used any more either way.
    this.store.remove(key, { signal: this.signal }).catch(() => undefined);
  }
}
