import { goPodApi } from '../reports/go-pod.ts';
import { column, renderDefinition } from './definition.ts';
import { listMap, object, type Schema, text } from './schema.ts';
import { outcome, running } from './status-schema.ts';

const containers: Schema = {
  description: "What runs in its containers. Written by the node's plugin.",
  ...listMap(object({ name: text(), running }, ['name']), ['name']),
};

const wishes: Schema = {
  description: 'What the GoRuntimes that select it have made of its containers. Written by the controller.',
  ...listMap(object({ runtime: text(), container: text(), ...outcome }, ['runtime', 'container']), [
    'runtime',
    'container',
  ]),
};

/** The CRD of `GoPod`, field by field what `go-pod.ts` declares. It has no spec: nobody wishes anything by it. */
export function renderPodDefinition(): Record<string, unknown> {
  return renderDefinition({
    api: goPodApi,
    scope: 'Namespaced',
    shortName: 'gopo',
    columns: [
      column('Runs', 'string', '.containers[0].running.goVersion'),
      column('Wish', 'string', '.wishes[0].runtime'),
      column('Phase', 'string', '.wishes[0].phase'),
      column('Age', 'date', '.metadata.creationTimestamp'),
      { ...column('Library', 'string', '.containers[0].running.library.soname'), priority: 1 },
      { ...column('Build ID', 'string', '.containers[0].running.buildId'), priority: 1 },
      { ...column('Why', 'string', '.wishes[0].reason'), priority: 1 },
    ],
    description: 'What is known of a pod that a GoRuntime selects; it goes with the pod.',
    fields: { containers, wishes },
  });
}
