import type { Schema } from './schema.ts';

/** A column that `kubectl get` prints. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  /** Above 0: only with `-o wide`. */
  readonly priority?: number;
}

export function column(name: string, type: Column['type'], jsonPath: string): Column {
  return { name, type, jsonPath };
}

/** One of gofleet's kinds. */
export interface DefinedKind {
  readonly api: {
    readonly group: string;
    readonly version: string;
    readonly plural: string;
    readonly kind: string;
  };
  readonly scope: 'Namespaced' | 'Cluster';
  readonly shortName: string;
  readonly columns: readonly Column[];
  readonly description: string;
  /** Its fields beside metadata. */
  readonly fields: Readonly<Record<string, Schema>>;
}

/**
 * A CustomResourceDefinition with a structural schema; of one with a spec, the spec is required and the status is a resource of its own.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
export function renderDefinition(defined: DefinedKind): Record<string, unknown> {
  const { group, version, plural, kind } = defined.api;
  const { scope, shortName, columns, description, fields } = defined;
  const subresources = fields.spec === undefined ? {} : { subresources: { status: {} } };
  const required = fields.spec === undefined ? {} : { required: ['spec'] };
  const [apiVersion, kindSchema, metadata] = [{ type: 'string' }, { type: 'string' }, { type: 'object' }];
  const properties = { apiVersion, kind: kindSchema, metadata, ...fields };
  const singular = kind.toLowerCase();
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { plural, kind, singular, listKind: `${kind}List`, shortNames: [shortName] },
      versions: [
        {
          ...{ name: version, served: true, storage: true, ...subresources },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: { description, type: 'object', ...required, properties } },
        },
      ],
    },
  };
}
