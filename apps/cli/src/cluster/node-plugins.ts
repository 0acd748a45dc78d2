import { inCluster } from '@gofleet/inject/in-cluster';
import type { KubeClient } from '@gofleet/kube/client';
import { execInPod } from '@gofleet/kube/exec';
import type { KubeObject } from '@gofleet/kube/kube-object';

/** A running node plugin. */
export interface NodePlugin {
  readonly pod: string;
  readonly node: string;
  /** As it was told; absent when it was not. */
  readonly kubeletDir?: string;
}

interface Pod extends KubeObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly { readonly args?: readonly string[] }[];
  };
  readonly status?: { readonly phase?: string };
}

function pluginOf({ metadata, spec: { nodeName = '', containers } }: Pod): NodePlugin {
  const args = containers[0]?.args ?? [];
  const kubeletDir = args[args.indexOf('--kubelet-dir') + 1];
  const isTold = args.includes('--kubelet-dir') && kubeletDir !== undefined;
  return { pod: metadata.name, node: nodeName, ...(isTold ? { kubeletDir } : {}) };
}

/** The node plugins that run, by the names of their nodes. */
export async function listNodePlugins(client: KubeClient): Promise<ReadonlyMap<string, NodePlugin>> {
  const { items } = await client.list<Pod>(`/api/v1/namespaces/${inCluster.namespace}/pods`, {
    labelSelector: 'app.kubernetes.io/name=gofleet-node',
  });
  const running = items.filter(
    ({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase === 'Running',
  );
  return new Map(running.map(pluginOf).map((plugin) => [plugin.node, plugin]));
}

const maxBytes = 256 << 20;

/**
 * What `gofleet node …` prints in the pod of a node plugin.
 * @throws `kube.exec-failed`
 */
export async function runInPlugin(
  client: KubeClient,
  { pod }: NodePlugin,
  run: { readonly argv: readonly string[]; readonly signal?: AbortSignal; readonly timeoutMs?: number },
): Promise<string> {
  const command = ['/gofleet/node', '/gofleet/gofleet.mjs', 'node', ...run.argv];
  const { signal, timeoutMs = 120_000 } = run;
  return await execInPod(client.connection, {
    ...{ namespace: inCluster.namespace, pod, container: 'node', command, maxBytes, timeoutMs },
    ...(signal ? { signal } : {}),
  });
}
