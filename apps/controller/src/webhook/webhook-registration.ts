import { isDeepStrictEqual } from 'node:util';
import { errorToJson, isGofleetError } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { inCluster } from '@gofleet/inject/in-cluster';
import { isServed, namespaceNameLabel, renderWebhooks } from '@gofleet/inject/webhook-configuration';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';

interface Configuration extends KubeObject {
  readonly webhooks?: readonly Record<string, unknown>[];
}

const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${inCluster.webhookConfiguration}`;
/** API servers see a changed configuration through a watch of their own. */
const propagationMs = 2000;
/** A controller that has just started is not behind its Service yet. */
const startMs = 5000;

const keyOf = ({ metadata }: GoRuntime): string => `${metadata.namespace}/${metadata.name}`;

/** Keeps the API server's list of what to send to the webhook equal to the wishes. */
export class WebhookRegistration {
  readonly #client: KubeClient;
  readonly #log: Log;
  /** When each wish's pods began to be sent, in ms of the monotonic clock. */
  readonly #servedSince = new Map<string, number>();
  readonly #startedAt = performance.now();
  #caBundle = '';
  #byNamespace: boolean | undefined;

  constructor(client: KubeClient, log: Log) {
    this.#client = client;
    this.#log = log;
  }

  /** What the API server is to trust from the next `sync` on; PEM. */
  set caBundle(pem: string) {
    this.#caBundle = Buffer.from(pem).toString('base64');
  }

  /** Makes the entries those of the wishes; whether they had to be changed. Idempotent; a conflict is tried again. */
  async sync(runtimes: readonly GoRuntime[]): Promise<boolean> {
    const byNamespace = await this.#selectsByNamespace();
    const webhooks = renderWebhooks(runtimes, { caBundle: this.#caBundle, byNamespace });
    for (;;) {
      const known = await this.#read();
      if (!known) return false;
      const before = known.webhooks ?? [];
      if (isDeepStrictEqual(before, webhooks)) {
        this.#note(runtimes, false);
        return false;
      }
      try {
        await this.#client.update(path, { ...known, webhooks });
        this.#log('info', 'webhook entries changed', { before: before.length, after: webhooks.length });
        this.#note(runtimes, true);
        return true;
      } catch (thrown) {
        if (!isGofleetError(thrown) || thrown.code !== 'kube.conflict') throw thrown;
        this.#log('debug', 'webhook configuration changed meanwhile', { error: errorToJson(thrown) });
      }
    }
  }

  /** ms until pods of the wish can be expected to reach the webhook; `undefined` when they are not sent at all. */
  waitMs(runtime: GoRuntime): number | undefined {
    const since = this.#servedSince.get(keyOf(runtime));
    if (since === undefined) return undefined;
    const from = Math.max(since + propagationMs, this.#startedAt + startMs);
    return Math.max(0, from - performance.now());
  }

  /** Namespaces carry a label with their name since Kubernetes 1.21; gofleet's own shows whether they do here. */
  async #selectsByNamespace(): Promise<boolean> {
    if (this.#byNamespace !== undefined) return this.#byNamespace;
    const name = inCluster.namespace;
    const { metadata } = await this.#client.get<KubeObject>(`/api/v1/namespaces/${name}`);
    this.#byNamespace = metadata.labels?.[namespaceNameLabel] === name;
    if (!this.#byNamespace)
      this.#log(
        'info',
        'namespaces are not labelled with their name; pods are selected by their labels alone',
      );
    return this.#byNamespace;
  }

  /** Without a configuration nothing is sent, and that is all that leaving wishes need. */
  async #read(): Promise<Configuration | undefined> {
    try {
      return await this.#client.get<Configuration>(path);
    } catch (thrown) {
      if (!isGofleetError(thrown) || thrown.code !== 'kube.not-found') throw thrown;
      this.#log('error', 'the webhook configuration is gone; run "gofleet install" again');
      this.#servedSince.clear();
      return undefined;
    }
  }

  #note(runtimes: readonly GoRuntime[], isNew: boolean): void {
    const served = new Set(runtimes.filter(isServed).map(keyOf));
    // Entries that were there before this process started have long been seen.
    const since = isNew ? performance.now() : Number.NEGATIVE_INFINITY;
    for (const key of served) if (!this.#servedSince.has(key)) this.#servedSince.set(key, since);
    for (const key of this.#servedSince.keys()) if (!served.has(key)) this.#servedSince.delete(key);
  }
}
