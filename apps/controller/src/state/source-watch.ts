import { setTimeout as sleep } from 'node:timers/promises';
import { errorToJson, type GofleetError, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import type { Sight } from '@gofleet/inject/declare-version';
import type { VersionSource } from '@gofleet/inject/go-runtime';
import type { KubeClient } from '@gofleet/kube/client';
import { findResource, type ServedResource } from '@gofleet/kube/find-resource';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { createReflector, type Reflector } from '@gofleet/kube/reflector';

/** Which object is watched; its namespace counts only when its kind has one. */
export type WatchedObject = Required<Omit<VersionSource, 'fieldPath'>>;

export interface SourceWatchOptions {
  readonly client: KubeClient;
  readonly object: WatchedObject;
  /** Told when there is something else to see. */
  readonly onChange: () => void;
  readonly log: Log;
}

/** A kind may be installed later; asking is one small request. */
const askAgainMs = 5000;

/** Watches one object of any kind, by the resource that discovery names. */
export class SourceWatch {
  readonly #options: SourceWatchOptions;
  readonly #abort = new AbortController();
  #reflector: Reflector<KubeObject> | undefined;
  #sight: Sight = { state: 'pending' };

  constructor(options: SourceWatchOptions) {
    this.#options = options;
    void this.#run();
  }

  get sight(): Sight {
    return this.#sight;
  }

  stop(): void {
    this.#abort.abort();
    this.#reflector?.stop();
  }

  async #run(): Promise<void> {
    const { client, object } = this.#options;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        const resource = await findResource(client, object.apiVersion, object.kind);
        if (signal.aborted) return;
        if (resource) return this.#watch(resource);
        this.#see({ state: 'not-served' });
      } catch (thrown) {
        this.#failed(toGofleetError(thrown), '');
      }
      await sleep(askAgainMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #watch({ plural, namespaced }: ServedResource): void {
    const { client, object } = this.#options;
    const { apiVersion, namespace, name } = object;
    const scope = namespaced ? `/namespaces/${namespace}` : '';
    const look = (): void => {
      const found = reflector.store.get(namespaced ? `${namespace}/${name}` : name);
      this.#see(found ? { state: 'found', object: found } : { state: 'absent' });
    };
    const reflector = createReflector<KubeObject>({
      client,
      path: `/apis/${apiVersion}${scope}/${plural}`,
      query: { fieldSelector: `metadata.name=${name}` },
      onChange: look,
      onError: (error) => this.#failed(error, `${plural}.${apiVersion.split('/', 1)[0]}`),
    });
    this.#reflector = reflector;
    reflector.start();
    void reflector.synced.then(look);
  }

  #failed(error: GofleetError, resource: string): void {
    const { object, log } = this.#options;
    log('warn', 'reading a declared version failed', { ...object, error: errorToJson(error) });
    if (error.code === 'kube.forbidden') this.#see({ state: 'forbidden', resource });
    else if (error.code === 'kube.not-found') this.#see({ state: 'not-served' });
    // What was seen stays: an API server that restarts takes nothing back.
    else if (this.#sight.state === 'pending') this.#see({ state: 'unreachable', message: error.message });
  }

  #see(sight: Sight): void {
    if (this.#abort.signal.aborted) return;
    this.#sight = sight;
    this.#options.onChange();
  }
}
