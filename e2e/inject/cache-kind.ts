import type { KubeClient } from '@gofleet/kube/client';

const group = 'example.com';
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';

/** The field of a `Cache` that says which Go its operator wants. */
export const cacheField = {
  ...{ apiVersion: `${group}/v1`, kind: 'Cache', name: 'shop' },
  fieldPath: ".spec['runtime.example/go']",
};

/** A `Cache` whose operator wants this Go. */
export function cache(goVersion: string): object {
  const { apiVersion, kind, name } = cacheField;
  return { apiVersion, kind, metadata: { name }, spec: { 'runtime.example/go': goVersion } };
}

/** Defines the kind `Cache`, as its operator's authors would. */
export async function declareCaches(client: KubeClient): Promise<void> {
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  await client.create(definitions, {
    metadata: { name: `caches.${group}` },
    spec: {
      ...{ group, scope: 'Namespaced', names: { plural: 'caches', kind: 'Cache', listKind: 'CacheList' } },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  });
}

/** Lets the controller read them, as the documentation says. */
export async function letReadCaches(client: KubeClient): Promise<void> {
  await client.create(roles, {
    metadata: { name: 'gofleet-reads-caches', labels: { 'gofleet.dev/aggregate-to-controller': 'true' } },
    rules: [{ apiGroups: [group], resources: ['caches'], verbs: ['get', 'list', 'watch'] }],
  });
}
