import { setTimeout as sleep } from 'node:timers/promises';
import { errorToJson, toGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { KubeClient } from '@gofleet/kube/client';
import { runtimesPath } from '../state/cluster-state.ts';

/** The API server waits 2 s for a review, and lets the pod in without a patch then. */
const withinMs = 1000;
/** Reviews come in bursts. */
const keptMs = 1000;
/** Namespaces that are asked about within {@link keptMs}; of others memory is believed. */
const maxAsked = 100;

type Answer = Promise<readonly GoRuntime[] | undefined>;

/** The wishes of a namespace as the API server has them now, for reviews that have reason to doubt what is held in memory. */
export class FreshRuntimes {
  readonly #client: Pick<KubeClient, 'list'>;
  readonly #log: Log;
  readonly #asked = new Map<string, { readonly atMs: number; readonly answer: Answer }>();

  constructor(client: Pick<KubeClient, 'list'>, log: Log) {
    this.#client = client;
    this.#log = log;
  }

  /** Asked once a second at most for each namespace; `undefined` when there is no answer in time, or too many are asked. */
  of(namespace: string): Answer {
    const now = performance.now();
    for (const [name, { atMs }] of this.#asked) if (now - atMs > keptMs) this.#asked.delete(name);
    const known = this.#asked.get(namespace);
    if (known) return known.answer;
    if (this.#asked.size >= maxAsked) return Promise.resolve(undefined);
    const answer = this.#ask(namespace);
    this.#asked.set(namespace, { atMs: now, answer });
    return answer;
  }

  async #ask(namespace: string): Answer {
    const late = new AbortController();
    try {
      return await Promise.race([
        this.#client.list<GoRuntime>(runtimesPath(namespace)).then(({ items }) => items),
        sleep(withinMs, undefined, { signal: late.signal }),
      ]);
    } catch (thrown) {
      const error = errorToJson(toGofleetError(thrown));
      this.#log('warn', 'wishes that may have changed could not be read', { namespace, error });
      return undefined;
    } finally {
      late.abort();
    }
  }
}
