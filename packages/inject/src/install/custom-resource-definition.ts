import { goRuntimeApi } from '../go-runtime.ts';
import { specSchema } from './spec-schema.ts';
import { statusSchema } from './status-schema.ts';

function column(name: string, type: 'string' | 'integer' | 'date', jsonPath: string): Record<string, string> {
  return { name, type, jsonPath };
}

const columns = [
  column('Mode', 'string', '.spec.mode'),
  column('Wish', 'string', '.spec.runtime.goVersion'),
  column('Go', 'string', '.status.resolution.goVersion'),
  column('Desired', 'integer', '.status.desiredPods'),
  column('Delivered', 'integer', '.status.deliveredPods'),
  column('Verified', 'integer', '.status.verifiedPods'),
  column('Ready', 'string', '.status.conditions[?(@.type=="Ready")].status'),
  column('Age', 'date', '.metadata.creationTimestamp'),
];

/**
 * The CRD of `GoRuntime`, field by field what `go-runtime.ts` declares. Its schema is structural; lists that several writers share
 * are keyed maps, so that server-side apply merges them.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
export function renderCustomResourceDefinition(): Record<string, unknown> {
  const { group, version, plural, kind } = goRuntimeApi;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, kind, singular: 'goruntime', listKind: `${kind}List`, shortNames: ['gort'] },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: {
            openAPIV3Schema: {
              description:
                'A wish: the Go programs in the selected pods run on this Go release, their images untouched.',
              type: 'object',
              required: ['spec'],
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                spec: specSchema,
                status: statusSchema,
              },
            },
          },
        },
      ],
    },
  };
}
