import { GofleetError } from '@gofleet/base/errors';
import type { Manifest } from '@gofleet/inject/manifest';

const plurals: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  ServiceAccount: 'serviceaccounts',
  Service: 'services',
  Lease: 'leases',
  Secret: 'secrets',
  ConfigMap: 'configmaps',
  PodTemplate: 'podtemplates',
  Deployment: 'deployments',
  DaemonSet: 'daemonsets',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  CSIDriver: 'csidrivers',
  CustomResourceDefinition: 'customresourcedefinitions',
  MutatingWebhookConfiguration: 'mutatingwebhookconfigurations',
};

/**
 * The API path of an object of an installation.
 * @throws `cli.unknown-kind`
 */
export function manifestPath({ apiVersion, kind, metadata }: Manifest): string {
  const plural = plurals[kind];
  if (plural === undefined)
    throw new GofleetError('cli.unknown-kind', `no API path is known for kind ${kind}`);
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const namespace = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  return `${base}${namespace}/${plural}/${metadata.name}`;
}
