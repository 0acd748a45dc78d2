import { type GoRuntime, goRuntimeApi } from '@gofleet/inject/go-runtime';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { type ClusterOptions, withCluster } from '../cluster/connect.ts';
import { unlessGone } from '../cluster/unless-gone.ts';

/** The GoRuntimes of a cluster, with the namespace of its kubeconfig context; none when gofleet is not installed there. */
export async function findGoRuntimes(
  options: ClusterOptions,
): Promise<{ readonly runtimes: readonly GoRuntime[]; readonly namespace: string | undefined }> {
  const { group, version, plural } = goRuntimeApi;
  return await withCluster(options, async (client) => {
    const listed = client.list<GoRuntime & KubeObject>(`/apis/${group}/${version}/${plural}`);
    const { namespace } = client.connection;
    return { runtimes: (await unlessGone(listed))?.items ?? [], namespace };
  });
}
