import { errorToJson } from '@gofleet/base/errors';
import type { Log } from '@gofleet/base/log';
import type { DeliverableNode, Taint } from '@gofleet/inject/deliverable-node';
import { inCluster } from '@gofleet/inject/in-cluster';
import { hasImageVolumes } from '@gofleet/inject/plan-delivery';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { createReflector } from '@gofleet/kube/reflector';

/** What is kept of a node. */
interface Node extends KubeObject {
  readonly spec?: { readonly taints?: readonly Taint[] };
  readonly status?: { readonly nodeInfo?: Readonly<Record<string, string>> };
}

interface PluginPod extends KubeObject {
  readonly spec: { readonly nodeName?: string };
}

/** A plugin that is replaced, or that a new node has not got yet, is there again within seconds. */
const graceMs = 10_000;
/** Reviews come in bursts, and nodes by the thousand. */
const keptMs = 1000;

function stripNode({ metadata, spec, status }: Node): Node {
  const { name, uid, resourceVersion, labels, creationTimestamp } = metadata;
  const { operatingSystem, architecture, kubeletVersion, containerRuntimeVersion } = status?.nodeInfo ?? {};
  const info = { operatingSystem, architecture, kubeletVersion, containerRuntimeVersion };
  return {
    metadata: JSON.parse(JSON.stringify({ name, uid, resourceVersion, labels, creationTimestamp })),
    spec: spec?.taints === undefined ? {} : { taints: spec.taints },
    status: { nodeInfo: JSON.parse(JSON.stringify(info)) },
  };
}

/** The nodes of the cluster and what they can do for deliveries; held in memory. */
export class DeliverableNodes {
  readonly #nodes;
  readonly #plugins;
  readonly #lastSeen = new Map<string, number>();
  #isSynced = false;
  #kept: { readonly atMs: number; readonly nodes: readonly DeliverableNode[] } | undefined;

  constructor({ client, log }: { readonly client: KubeClient; readonly log: Log }) {
    const onError = (what: string) => (error: Parameters<typeof errorToJson>[0], nextInMs: number) =>
      log('warn', `watching ${what} failed`, { error: errorToJson(error), nextInMs });
    this.#nodes = createReflector<Node>({
      client,
      path: '/api/v1/nodes',
      strip: stripNode,
      onChange: () => undefined,
      onError: onError('nodes'),
    });
    this.#plugins = createReflector<PluginPod>({
      client,
      path: `/api/v1/namespaces/${inCluster.namespace}/pods`,
      query: { labelSelector: 'app.kubernetes.io/name=gofleet-node' },
      strip: ({ metadata, spec: { nodeName } }) => ({
        metadata,
        spec: nodeName === undefined ? {} : { nodeName },
      }),
      onChange: (change, { spec }) => {
        if (change === 'deleted' && spec.nodeName !== undefined)
          this.#lastSeen.set(spec.nodeName, Date.now());
      },
      onError: onError('node plugins'),
    });
  }

  start(): void {
    this.#nodes.start();
    this.#plugins.start();
    void Promise.all([this.#nodes.synced, this.#plugins.synced]).then(() => {
      this.#isSynced = true;
    });
  }

  stop(): void {
    this.#nodes.stop();
    this.#plugins.stop();
  }

  /** Every node; `undefined` until they are known. */
  nodes(): readonly DeliverableNode[] | undefined {
    if (!this.#isSynced) return undefined;
    const atMs = Date.now();
    if (!this.#kept || atMs - this.#kept.atMs > keptMs) this.#kept = { atMs, nodes: this.#survey(atMs) };
    return this.#kept.nodes;
  }

  #survey(nowMs: number): readonly DeliverableNode[] {
    const withPlugin = new Set([...this.#plugins.store.values()].map(({ spec }) => spec.nodeName));
    const since = nowMs - graceMs;
    for (const [name, seenMs] of this.#lastSeen) if (seenMs <= since) this.#lastSeen.delete(name);
    return [...this.#nodes.store.values()].map(({ metadata, spec, status }) => {
      const { name, labels = {}, creationTimestamp = '' } = metadata;
      const {
        operatingSystem = '',
        architecture,
        kubeletVersion = '',
        containerRuntimeVersion = '',
      } = status?.nodeInfo ?? {};
      const isNew = Date.parse(creationTimestamp) > since || this.#lastSeen.has(name);
      return {
        ...{ name, labels, os: operatingSystem, taints: spec?.taints ?? [] },
        ...(architecture === undefined ? {} : { arch: architecture }),
        hasPlugin: isNew || withPlugin.has(name),
        imageVolumes: hasImageVolumes({ kubelet: kubeletVersion, runtime: containerRuntimeVersion }),
      };
    });
  }
}
