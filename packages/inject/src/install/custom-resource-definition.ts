import { goRuntimeApi } from '../go-runtime.ts';
import { column, renderDefinition } from './definition.ts';
import { specSchema } from './spec-schema.ts';
import { statusSchema } from './status-schema.ts';

/**
 * The CRD of `GoRuntime`, field by field what `go-runtime.ts` declares. Lists that several writers share are keyed maps, so that
 * server-side apply merges them.
 */
export function renderCustomResourceDefinition(): Record<string, unknown> {
  return renderDefinition({
    api: goRuntimeApi,
    scope: 'Namespaced',
    shortName: 'gort',
    columns: [
      column('Mode', 'string', '.spec.mode'),
      column('Wish', 'string', '.status.declaration.goVersion'),
      { ...column('From', 'string', '.status.declaration.from'), priority: 1 },
      column('Go', 'string', '.status.resolution.goVersion'),
      column('Desired', 'integer', '.status.desiredPods'),
      column('Delivered', 'integer', '.status.deliveredPods'),
      column('Verified', 'integer', '.status.verifiedPods'),
      column('Ready', 'string', '.status.conditions[?(@.type=="Ready")].status'),
      column('Age', 'date', '.metadata.creationTimestamp'),
    ],
    description:
      'A wish: the Go programs in the selected pods run on this Go release, their images untouched.',
    fields: { spec: specSchema, status: statusSchema },
  });
}
