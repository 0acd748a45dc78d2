import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { parseAllDocuments } from 'yaml';
import { waitFor } from '../wait-for.ts';
import type { PublishedOperator } from './operator.ts';

interface Deployment extends KubeObject {
  readonly kind: 'Deployment';
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { name: string; image: string }[] } };
  };
}

const clusterKinds: Readonly<Record<string, string>> = {
  Namespace: '/api/v1/namespaces',
  CustomResourceDefinition: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
};

const namespacedKinds: Readonly<Record<string, [string, string]>> = {
  ServiceAccount: ['/api/v1', 'serviceaccounts'],
  Role: ['/apis/rbac.authorization.k8s.io/v1', 'roles'],
  RoleBinding: ['/apis/rbac.authorization.k8s.io/v1', 'rolebindings'],
  Deployment: ['/apis/apps/v1', 'deployments'],
};

function pathOf({ kind = '', metadata }: KubeObject): string {
  const namespaced = namespacedKinds[kind];
  const collection = namespaced
    ? `${namespaced[0]}/namespaces/${metadata.namespace}/${namespaced[1]}`
    : clusterKinds[kind];
  if (collection === undefined)
    throw new Error(`the operator's manifests have a kind that the demo does not apply: ${kind}`);
  return `${collection}/${metadata.name}`;
}

/** The published manifest with the image that was built here; everything else stays as its users apply it. */
function withImage(object: KubeObject, operator: PublishedOperator, image: string): KubeObject {
  if (object.kind !== 'Deployment') return object;
  const deployment = object as Deployment;
  const { template } = deployment.spec;
  const containers = template.spec.containers.map((container) =>
    container.name === operator.container
      ? { ...container, image, imagePullPolicy: 'IfNotPresent' }
      : container,
  );
  const spec = { ...deployment.spec, template: { ...template, spec: { ...template.spec, containers } } };
  return { ...deployment, spec } as KubeObject;
}

/** The operator's manifests, as its released module renders them by `kubectl kustomize`. */
export async function renderOperator(
  operator: PublishedOperator,
  source: { readonly kubectl: string; readonly moduleDir: string; readonly image: string },
): Promise<KubeObject[]> {
  const folder = join(source.moduleDir, operator.manifests);
  const { stdout } = await promisify(execFile)(source.kubectl, ['kustomize', folder], {
    maxBuffer: 16 << 20,
    timeout: 60_000,
  });
  const objects = parseAllDocuments(stdout).map((document) => document.toJS() as KubeObject);
  return objects.map((object) => withImage(object, operator, source.image));
}

async function applyOne(client: KubeClient, object: KubeObject): Promise<void> {
  const options = { type: 'apply', fieldManager: 'gofleet-demo', force: true } as const;
  await client.patch(pathOf(object), object, options);
}

/** Applies them in order; the custom resource's API is there when it returns. */
export async function applyOperator(
  client: KubeClient,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<void> {
  for (const object of objects) await applyOne(client, object);
  await waitFor({
    what: "the operator's custom resource to be served",
    timeoutMs: 60_000,
    probe: () => client.list('/apis/rabbitmq.com/v1beta1/rabbitmqclusters'),
    signal,
  });
}

/** Deletes them in reverse order, the work that the demo made first. */
export async function removeOperator(client: KubeClient, objects: readonly KubeObject[]): Promise<void> {
  for (const object of [...objects].reverse()) {
    await client.delete(pathOf(object), { propagationPolicy: 'Background' }).catch(() => undefined);
  }
}
