import { addresses } from './addresses.ts';
import type { Release } from './releases.ts';

/** An object and the collection it is created in. */
export interface ClusterObject {
  path: string;
  object: Record<string, unknown>;
}

const rbac = '/apis/rbac.authorization.k8s.io/v1';

/** What a fresh cluster needs besides what the API server makes: DNS, as a Service in front of a process of the node. */
export function clusterObjects({ discovery }: Pick<Release, 'discovery'>): ClusterObject[] {
  const name = 'system:coredns';
  const ports = [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ];
  return [
    {
      path: `${rbac}/clusterroles`,
      object: {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name },
        rules: [
          {
            apiGroups: [''],
            resources: ['endpoints', 'services', 'pods', 'namespaces', 'nodes'],
            verbs: ['get', 'list', 'watch'],
          },
          { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
        ],
      },
    },
    {
      path: `${rbac}/clusterrolebindings`,
      object: {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
      },
    },
    {
      path: '/api/v1/namespaces/kube-system/services',
      object: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'kube-dns', labels: { 'k8s-app': 'kube-dns', 'kubernetes.io/name': 'CoreDNS' } },
        spec: { clusterIP: addresses.dnsService, ports },
      },
    },
    {
      path: `/apis/discovery.k8s.io/${discovery}/namespaces/kube-system/endpointslices`,
      object: {
        apiVersion: `discovery.k8s.io/${discovery}`,
        kind: 'EndpointSlice',
        metadata: { name: 'kube-dns', labels: { 'kubernetes.io/service-name': 'kube-dns' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: [addresses.node], conditions: { ready: true } }],
        ports,
      },
    },
  ];
}
