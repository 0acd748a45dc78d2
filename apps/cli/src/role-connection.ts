import { inClusterConnection, kubeconfigConnection } from '@gofleet/kube/connection';
import type { KubeConnection } from '@gofleet/kube/kube-connection';

/**
 * The connection of a role: its kubeconfig when one is given, else its service account.
 * @throws `kube.not-in-cluster`, `kube.no-kubeconfig` and the other codes of `kubeconfigConnection`
 */
export async function roleConnection(kubeconfig: string | undefined): Promise<KubeConnection> {
  if (kubeconfig !== undefined) return await kubeconfigConnection({ path: kubeconfig });
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  return await inClusterConnection({ host, port });
}
