import { goChannelApi } from '../declaration/go-channel.ts';
import { digestPattern } from '../declaration/pinned-release.ts';
import { column, renderDefinition } from './definition.ts';
import { versionField } from './runtime-schema.ts';
import { object, text } from './schema.ts';

/** The CRD of `GoChannel`. */
export function renderChannelDefinition(): Record<string, unknown> {
  return renderDefinition({
    api: goChannelApi,
    scope: 'Cluster',
    shortName: 'gochan',
    columns: [
      column('Go', 'string', '.spec.goVersion'),
      { ...column('Digest', 'string', '.spec.digest'), priority: 1 },
      column('Age', 'date', '.metadata.creationTimestamp'),
    ],
    description:
      'A name for a Go version, like stable or canary: moving it moves every GoRuntime that follows it.',
    fields: {
      spec: object(
        {
          goVersion: versionField('A release or a constraint: 1.26.8, 1.26, ">=1.25.3 <1.27".'),
          digest: text(
            "Pins the release: the h1: hash of its golang.org/toolchain module for the builder's platform, as the checksum database has it. Nothing is built with another one.",
            { pattern: digestPattern },
          ),
        },
        ['goVersion'],
      ),
    },
  });
}
