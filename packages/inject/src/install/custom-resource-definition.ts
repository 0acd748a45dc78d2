import { goRuntimeApi } from '../in-cluster.ts';
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
      column('State', 'string', '.status.summary.state'),
      column('Go', 'string', '.status.summary.go'),
      column('Wave', 'string', '.status.summary.wave'),
      column('Verified', 'string', '.status.summary.verified'),
      column('Ready', 'string', '.status.conditions[?(@.type=="Ready")].status'),
      column('Age', 'date', '.metadata.creationTimestamp'),
      { ...column('Mode', 'string', '.spec.mode'), priority: 1 },
      { ...column('Wish', 'string', '.status.declaration.goVersion'), priority: 1 },
      { ...column('Library', 'string', '.status.library.source'), priority: 1 },
      { ...column('From', 'string', '.status.declaration.from'), priority: 1 },
      { ...column('Why', 'string', '.status.conditions[?(@.type=="Ready")].message'), priority: 1 },
    ],
    description:
      'A wish: the Go programs in the selected pods run on this Go release, their images untouched.',
    fields: { spec: specSchema, status: statusSchema },
  });
}
