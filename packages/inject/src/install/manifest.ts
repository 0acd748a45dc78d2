import { inCluster } from '../in-cluster.ts';

/** An object to apply. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What an installation can be told. */
export interface InstallOptions {
  /** The image that all roles run from. */
  readonly image: string;
  /** `GOPROXY` of the builder; the Go command's default when absent. */
  readonly goproxy?: string;
  /** `GOSUMDB` of the builder. */
  readonly gosumdb?: string;
  /** `GONOSUMDB` of the builder: patterns of modules that no checksum database knows. */
  readonly gonosumdb?: string;
  /** How many pods of their own relink; with 0 the builder does it itself, one after the other. Default 0. */
  readonly workerPods?: number;
  /** Where artefacts are pushed to, besides: `docker://registry.example/team/artefacts`. */
  readonly push?: string;
  /** A Secret `kubernetes.io/dockerconfigjson` of gofleet's namespace: who pushes; its key `ca.crt` is whom to trust besides. */
  readonly pushSecret?: string;
  /** A directory of the builder's node that outlives its pods; an emptyDir when absent. */
  readonly builderHostPath?: string;
  /** What the artefacts on a node may take, `10GiB`; the node plugin's default when absent. */
  readonly nodeStoreMax?: string;
  /** Where kubelet keeps its pods; default `/var/lib/kubelet`. */
  readonly kubeletDir?: string;
  /** Lets the controller read the logs of pods, for gates that count errors in them. */
  readonly readLogs?: boolean;
}

/** The roles that run as pods. */
export type Role = 'controller' | 'builder' | 'worker' | 'node';

export function labelsOf(role: Role): Record<string, string> {
  return { 'app.kubernetes.io/name': `gofleet-${role}`, 'app.kubernetes.io/part-of': 'gofleet' };
}

/** What a workload's selector asks for; never changes. */
export function selectorOf(role: Role): Record<string, string> {
  return { 'app.kubernetes.io/name': `gofleet-${role}` };
}

export function metaOf(role: Role, name: string, namespace?: string): Manifest['metadata'] {
  return { name, ...(namespace === undefined ? {} : { namespace }), labels: labelsOf(role) };
}

export function probe(
  path: string,
  port: number,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return { httpGet: { path, port }, timeoutSeconds: 3, ...more };
}

/** How a container runs that passes Pod Security `restricted`. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
} as const;

/** The command of a role in gofleet's image; `flags` are Node's. */
export function commandOf(role: Role, flags: readonly string[] = []): string[] {
  return ['/gofleet/node', ...flags, '/gofleet/gofleet.mjs', role];
}

/** A role's identity and what it may do: in the whole cluster, and in gofleet's own namespace. */
export function renderAccess(
  role: Role,
  rules: { readonly cluster: readonly unknown[]; readonly own?: readonly unknown[] },
): Manifest[] {
  const name = `gofleet-${role}`;
  const { namespace } = inCluster;
  const rbac = 'rbac.authorization.k8s.io';
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const cluster: Manifest[] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metaOf(role, name, namespace) },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: metaOf(role, name), rules: rules.cluster },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: metaOf(role, name),
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects,
    },
  ];
  if (rules.own === undefined) return cluster;
  return [
    ...cluster,
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: metaOf(role, name, namespace), rules: rules.own },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: metaOf(role, name, namespace),
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects,
    },
  ];
}

/** A rule of a role. */
export function allow(
  group: string,
  resources: readonly string[],
  verbs: readonly string[],
  resourceNames?: readonly string[],
): Record<string, unknown> {
  return { apiGroups: [group], resources, verbs, ...(resourceNames === undefined ? {} : { resourceNames }) };
}
