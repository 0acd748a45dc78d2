import { type JsonPatchOperation, type JsonPatchTest, jsonPointer } from '../admission/json-patch.ts';
import { inCluster } from '../in-cluster.ts';

/** The kind that OLM, the Operator Lifecycle Manager, installs operators from. */
export const serviceVersionApi = {
  group: 'operators.coreos.com',
  version: 'v1alpha1',
  plural: 'clusterserviceversions',
  kind: 'ClusterServiceVersion',
} as const;

interface TemplateMetadata {
  readonly annotations?: Readonly<Record<string, string>>;
}

interface ListedDeployment {
  readonly name: string;
  readonly spec: { readonly template: { readonly metadata?: TemplateMetadata } };
}

/**
 * A ClusterServiceVersion, as far as roll-outs go. OLM writes each Deployment that it lists as a whole, whenever the list or the
 * Deployment's readiness changes: what others wrote into a Deployment's template is gone with its next roll.
 * @see operator-lifecycle-manager pkg/controller/install/deployment.go, deploymentForSpec and checkForDeployments (0.45)
 */
export interface ServiceVersion {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly install?: { readonly spec?: { readonly deployments?: readonly ListedDeployment[] } };
  };
  readonly status?: { readonly phase?: string };
}

/** The name of the ClusterServiceVersion that a Deployment is written from; `undefined` when OLM does not write it. */
export function serviceVersionOf({
  metadata,
}: {
  readonly metadata: {
    readonly ownerReferences?: readonly {
      readonly apiVersion: string;
      readonly kind: string;
      readonly name: string;
    }[];
  };
}): string | undefined {
  const { group, kind } = serviceVersionApi;
  return metadata.ownerReferences?.find(
    (owner) => owner.kind === kind && owner.apiVersion.startsWith(`${group}/`),
  )?.name;
}

function deploymentsOf({ spec }: ServiceVersion): readonly ListedDeployment[] {
  return spec.install?.spec?.deployments ?? [];
}

/** Whether OLM writes a Deployment of this name from it. */
export function listsDeployment(version: ServiceVersion, deployment: string): boolean {
  return deploymentsOf(version).some(({ name }) => name === deployment);
}

/** The roll-out annotation that a ClusterServiceVersion gives to the template of one of its Deployments. */
export function rolloutIn(version: ServiceVersion, deployment: string): string | undefined {
  const listed = deploymentsOf(version).find(({ name }) => name === deployment);
  return listed?.spec.template.metadata?.annotations?.[inCluster.rolloutAnnotation];
}

/**
 * The patch that sets the roll-out annotation of one Deployment in its ClusterServiceVersion, or removes it (`null`); empty when that
 * is so already. Refused by the API server when the list, or that template's metadata, has changed since it was read.
 */
export function planServiceVersion(
  version: ServiceVersion,
  deployment: string,
  value: string | null,
): readonly (JsonPatchOperation | JsonPatchTest)[] {
  const index = deploymentsOf(version).findIndex(({ name }) => name === deployment);
  const listed = deploymentsOf(version)[index];
  if (!listed || (rolloutIn(version, deployment) ?? null) === value) return [];
  const { metadata } = listed.spec.template;
  const name = inCluster.rolloutAnnotation;
  const { [name]: _, ...others } = metadata?.annotations ?? {};
  const annotations = value === null ? others : { ...others, [name]: value };
  const { annotations: __, ...rest } = metadata ?? {};
  const next = Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
  const at = ['spec', 'install', 'spec', 'deployments', index] as const;
  const path = jsonPointer(...at, 'spec', 'template', 'metadata');
  return [
    { op: 'test', path: jsonPointer(...at, 'name'), value: deployment },
    ...(metadata === undefined ? [] : [{ op: 'test' as const, path, value: metadata }]),
    { op: 'add', path, value: next },
  ];
}

/** In words, who rolls a Deployment; `current` is the roll-out annotation that its own template carries. */
export function explainServiceVersion(
  version: ServiceVersion,
  deployment: string,
  current: string | undefined,
): string {
  const { kind } = serviceVersionApi;
  const managed = `managed by OLM: ${kind} ${version.metadata.name}`;
  if (rolloutIn(version, deployment) === current) return managed;
  return `${managed} (${version.status?.phase ?? 'no phase'}) says otherwise than its Deployment: OLM has to act`;
}
