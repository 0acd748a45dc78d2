import { isGofleetError } from '@gofleet/base/errors';
import type { DeliverableNode } from '@gofleet/inject/deliverable-node';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { goRuntimeApi } from '@gofleet/inject/in-cluster';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { unlessGone } from '@gofleet/kube/unless-gone';
import { type ClusterOptions, withCluster } from '../cluster/connect.ts';
import { findDeliverableNodes } from '../survey/find-nodes.ts';

/** What the webhook of a cluster knows. */
export interface KnownWishes {
  readonly runtimes: readonly GoRuntime[];
  readonly nodes?: readonly DeliverableNode[];
  /** Of the kubeconfig context. */
  readonly namespace?: string | undefined;
}

/** Who may see wishes need not be allowed to see nodes. */
async function nodesIfAllowed(client: KubeClient): Promise<readonly DeliverableNode[] | undefined> {
  try {
    return await findDeliverableNodes(client);
  } catch (thrown) {
    if (isGofleetError(thrown) && thrown.code === 'kube.forbidden') return undefined;
    throw thrown;
  }
}

/** The GoRuntimes and nodes of a cluster; no GoRuntimes when gofleet is not installed there. */
export async function findGoRuntimes(options: ClusterOptions): Promise<KnownWishes> {
  const { group, version, plural } = goRuntimeApi;
  return await withCluster(options, async (client) => {
    const listed = client.list<GoRuntime & KubeObject>(`/apis/${group}/${version}/${plural}`);
    const { namespace } = client.connection;
    const runtimes = (await unlessGone(listed))?.items ?? [];
    const nodes = await nodesIfAllowed(client);
    return { runtimes, ...(nodes === undefined ? {} : { nodes }), namespace };
  });
}
