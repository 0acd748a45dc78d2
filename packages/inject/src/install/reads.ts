import { readsLabel } from '../declaration/declare-version.ts';
import { inCluster } from '../in-cluster.ts';
import { type Manifest, metaOf } from './manifest.ts';

const rbac = 'rbac.authorization.k8s.io';
const name = 'gofleet-controller-reads';

/**
 * What the controller may read to learn Go versions: nothing, until somebody makes a ClusterRole with the label. Its rules are the
 * API server's to fill in, so none are applied.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
 */
export function renderReads(): readonly Manifest[] {
  return [
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: metaOf('controller', name),
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [readsLabel]: 'true' } }] },
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: metaOf('controller', name),
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: 'gofleet-controller', namespace: inCluster.namespace }],
    },
  ];
}
