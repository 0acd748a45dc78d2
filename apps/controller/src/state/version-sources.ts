import type { Log } from '@gofleet/base/log';
import type { Sight } from '@gofleet/inject/declare-version';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { sourceOf } from '@gofleet/inject/wished-version';
import type { KubeClient } from '@gofleet/kube/client';
import { SourceWatch, type WatchedObject } from './source-watch.ts';

export interface VersionSourcesOptions {
  readonly client: KubeClient;
  readonly log: Log;
  /** The version of this GoRuntime (`namespace/name`) may be another than before. */
  readonly onChange: (runtime: string) => void;
}

/** Each is a connection to the API server. */
export const maxSources = 200;

interface Shared {
  readonly watch: SourceWatch;
  /** Keys of the GoRuntimes that read it. */
  readonly readers: Set<string>;
}

function objectOf(runtime: GoRuntime): WatchedObject | undefined {
  const { metadata } = runtime;
  const from = sourceOf(runtime);
  if (from === undefined) return undefined;
  const { apiVersion, kind, name, namespace = metadata.namespace } = from;
  return { apiVersion, kind, name, namespace };
}

/** The objects that GoRuntimes read their versions from: each watched once, however many read it, and only while one does. */
export class VersionSources {
  readonly #options: VersionSourcesOptions;
  readonly #watched = new Map<string, Shared>();
  /** What each GoRuntime reads. */
  readonly #reads = new Map<string, string>();

  constructor(options: VersionSourcesOptions) {
    this.#options = options;
  }

  /** What there is to see at the source of a GoRuntime's version; watched from now on. */
  look(runtime: GoRuntime): Sight {
    const reader = `${runtime.metadata.namespace}/${runtime.metadata.name}`;
    const object = objectOf(runtime);
    const key = object && JSON.stringify([object.apiVersion, object.kind, object.namespace, object.name]);
    if (this.#reads.get(reader) !== key) this.forget(reader);
    if (!object || key === undefined) return { state: 'pending' };
    const shared = this.#watched.get(key) ?? this.#start(key, object);
    if (!shared) return { state: 'too-many', limit: maxSources };
    shared.readers.add(reader);
    this.#reads.set(reader, key);
    return shared.watch.sight;
  }

  /** A GoRuntime went, or reads nothing any more. */
  forget(reader: string): void {
    const key = this.#reads.get(reader);
    this.#reads.delete(reader);
    const shared = key === undefined ? undefined : this.#watched.get(key);
    shared?.readers.delete(reader);
    if (key === undefined || !shared || shared.readers.size > 0) return;
    shared.watch.stop();
    this.#watched.delete(key);
  }

  stop(): void {
    for (const { watch } of this.#watched.values()) watch.stop();
    this.#watched.clear();
  }

  #start(key: string, object: WatchedObject): Shared | undefined {
    if (this.#watched.size >= maxSources) return undefined;
    const { client, log, onChange } = this.#options;
    const readers = new Set<string>();
    const onSight = (): void => {
      for (const reader of readers) onChange(reader);
    };
    const shared = { watch: new SourceWatch({ client, object, onChange: onSight, log }), readers };
    this.#watched.set(key, shared);
    return shared;
  }
}
