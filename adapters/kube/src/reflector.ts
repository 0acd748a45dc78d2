import { setTimeout as sleep } from 'node:timers/promises';
import { GofleetError, toGofleetError } from '@gofleet/base/errors';
import type { KubeClient, Query } from './client.ts';
import { type KubeObject, keyOf } from './kube-object.ts';
import type { WatchEvent } from './watch-stream.ts';

/** What happened to an object, as far as the store knew it. */
export type Change = 'added' | 'modified' | 'deleted';

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: KubeClient;
  /** The collection: `/api/v1/pods`, `/apis/gofleet.dev/v1alpha1/goruntimes`. */
  readonly path: string;
  /** `labelSelector`, `fieldSelector`. */
  readonly query?: Query;
  /** Objects that are asked for at a time; fewer where they are large. */
  readonly pageSize?: number;
  /** Called after the store has changed; synchronous, so that the watch keeps its order. `previous` is the object known before. */
  readonly onChange?: (change: Change, object: T, previous: T | undefined) => void;
  /** What to keep of an object; `managedFields` are always dropped. `known` is what was kept of it before. */
  readonly strip?: (object: T, known: T | undefined) => T;
  /** Told of every failed list or watch; the reflector goes on by itself. */
  readonly onError?: (error: GofleetError, nextInMs: number) => void;
}

/** A collection, held in memory and kept up to date by list and watch. */
export interface Reflector<T extends KubeObject> {
  /** By `namespace/name`. */
  readonly store: ReadonlyMap<string, T>;
  /** Resolves when the first list is in the store; rejects never: see `onError`. */
  readonly synced: Promise<void>;
  /** Resolves as {@link synced} does. @throws `kube.stopped` when it is stopped before */
  untilSynced(): Promise<void>;
  start(): void;
  stop(): void;
}

const minBackOffMs = 500;
const maxBackOffMs = 30_000;
const minWatchMs = 1000;
/** A watch that was open so long tells that all was well, even if nothing happened in its collection. */
const steadyMs = 5000;

function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

class ListWatchReflector<T extends KubeObject> implements Reflector<T> {
  readonly store = new Map<string, T>();
  readonly synced: Promise<void>;
  readonly #options: ReflectorOptions<T>;
  readonly #abort = new AbortController();
  #isSynced = false;
  #markSynced: () => void = () => undefined;
  #resourceVersion: string | undefined;
  #failures = 0;
  /** Whether the watch goes on from a list of this turn. */
  #isListed = false;
  /** When the watch was answered, in ms since 1970. */
  #openedAt = Number.POSITIVE_INFINITY;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.synced = new Promise((resolve) => {
      this.#markSynced = () => {
        this.#isSynced = true;
        resolve();
      };
    });
  }

  async untilSynced(): Promise<void> {
    if (this.#isSynced) return;
    const { signal } = this.#abort;
    await new Promise<void>((resolve, reject) => {
      const end = (): void =>
        reject(new GofleetError('kube.stopped', `${this.#options.path}: not read any more`));
      if (signal.aborted) return end();
      signal.addEventListener('abort', end, { once: true });
      void this.synced.then(() => {
        signal.removeEventListener('abort', end);
        resolve();
      });
    });
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      this.#openedAt = Number.POSITIVE_INFINITY;
      try {
        this.#isListed = this.#resourceVersion === undefined;
        if (this.#isListed) await this.#list();
        await this.#watch();
      } catch (thrown) {
        if (this.#abort.signal.aborted) return;
        if (Date.now() - this.#openedAt >= steadyMs) this.#failures = 0;
        await this.#recover(toGofleetError(thrown));
      }
    }
  }

  /**
   * A version that is gone needs a new list at once, as after each restart of an API server, unless it is that of the last list; everything
   * else is tried again later from where the watch stood.
   */
  async #recover(error: GofleetError): Promise<void> {
    const isGone = error.code === 'kube.gone';
    if (isGone) this.#resourceVersion = undefined;
    const isOutdated = isGone && !this.#isListed;
    if (!isOutdated) this.#failures += 1;
    const doublings = isOutdated ? 0 : Math.min(this.#failures - 1, 10);
    const backOffMs = Math.min(maxBackOffMs, minBackOffMs * 2 ** doublings);
    const asked = Number(error.facts.retryAfterS ?? 0) * 1000;
    const nextInMs = Math.max(backOffMs, asked) * (0.5 + Math.random() / 2);
    this.#options.onError?.(error, nextInMs);
    await this.#pause(nextInMs);
  }

  /** Ends early, without an error, when the reflector is stopped. */
  async #pause(durationMs: number): Promise<void> {
    await sleep(durationMs, undefined, { signal: this.#abort.signal }).catch(() => undefined);
  }

  async #list(): Promise<void> {
    const { client, path, query, pageSize } = this.#options;
    const now = new Set<string>();
    let resourceVersion: string | undefined;
    for await (const { metadata, items } of client.pages<T>(path, {
      ...query,
      ...(pageSize === undefined ? {} : { limit: pageSize }),
    })) {
      for (const item of items) {
        now.add(keyOf(item));
        this.#put(item);
      }
      resourceVersion = metadata.resourceVersion;
    }
    for (const [key, object] of this.store) if (!now.has(key)) this.#remove(key, object);
    this.#resourceVersion = resourceVersion;
    this.#markSynced();
  }

  async #watch(): Promise<void> {
    const { client, path, query } = this.#options;
    const events = client.watch<T>(path, {
      query: { ...query, timeoutSeconds: 300 + Math.floor(Math.random() * 300) },
      signal: this.#abort.signal,
      onOpen: () => {
        this.#openedAt = Date.now();
      },
      ...(this.#resourceVersion === undefined ? {} : { resourceVersion: this.#resourceVersion }),
    });
    const startedAt = Date.now();
    for await (const event of events) {
      this.#failures = 0;
      this.#take(event);
    }
    // A server that closes every watch at once must not be asked in a tight loop.
    if (Date.now() - startedAt < minWatchMs) await this.#pause(minWatchMs);
  }

  #take({ type, object }: WatchEvent<T>): void {
    this.#resourceVersion = object.metadata.resourceVersion;
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') this.#remove(keyOf(object), withoutManagedFields(object));
    else this.#put(object);
  }

  #put(received: T): void {
    const { strip = (object: T) => object, onChange } = this.#options;
    const key = keyOf(received);
    const known = this.store.get(key);
    if (known && known.metadata.resourceVersion === received.metadata.resourceVersion) return;
    const object = strip(withoutManagedFields(received), known);
    // It went and another of its name came while nobody watched.
    if (known && known.metadata.uid !== object.metadata.uid) this.#remove(key, known);
    const previous = this.store.get(key);
    this.store.set(key, object);
    onChange?.(previous ? 'modified' : 'added', object, previous);
  }

  #remove(key: string, object: T): void {
    const previous = this.store.get(key);
    this.store.delete(key);
    this.#options.onChange?.('deleted', object, previous);
  }
}

/** A reflector that has not started yet. */
export function createReflector<T extends KubeObject>(options: ReflectorOptions<T>): Reflector<T> {
  return new ListWatchReflector(options);
}
