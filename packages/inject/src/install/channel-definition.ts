import { goChannelApi } from '../declaration/go-channel.ts';
import { column, renderDefinition } from './definition.ts';
import { versionField } from './runtime-schema.ts';
import { object } from './schema.ts';

/** The CRD of `GoChannel`. */
export function renderChannelDefinition(): Record<string, unknown> {
  return renderDefinition({
    api: goChannelApi,
    scope: 'Cluster',
    shortName: 'gochan',
    columns: [
      column('Go', 'string', '.spec.goVersion'),
      column('Age', 'date', '.metadata.creationTimestamp'),
    ],
    description:
      'A name for a Go version, like stable or canary: moving it moves every GoRuntime that follows it.',
    fields: {
      spec: object(
        { goVersion: versionField('A release or a constraint: 1.26.8, 1.26, ">=1.25.3 <1.27".') },
        ['goVersion'],
      ),
    },
  });
}
