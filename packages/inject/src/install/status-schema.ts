import { runtimeVariables } from '../godebug/runtime-variables.ts';
import { libraryFactsSchema, libraryStatusSchema, observedLibrarySchema } from './library-schema.ts';
import { rolloutStatus, rolloutSummary } from './rollout-schema.ts';
import { count, dateTime, listMap, object, oneOf, type Schema, sha256, text } from './schema.ts';
import { searchPathSchema, toolchainFactsSchema, toolchainStatusSchema } from './toolchain-schema.ts';

const replaced = object({ path: text(), version: text(), sum: text() }, ['path', 'version']);
const goModule = object({ path: text(), version: text(), sum: text(), replace: replaced }, [
  'path',
  'version',
]);

const declaration: Schema = {
  description: 'The Go version as it is wished, wherever that was read. Written by the controller.',
  ...object({
    goVersion: text('What was read last: with a problem it stays in force.'),
    digest: text("h1:… of the release's module, where a channel pins it."),
    from: text('Which field of which object said it; absent when it is spec.runtime.goVersion.'),
    problem: object({ reason: text(), message: text() }, ['reason', 'message']),
  }),
};

const resolution: Schema = {
  description: 'What the Go version of the wish means today. Written by the builder.',
  ...object({ requested: text(), digest: text(), goVersion: text(), problem: text() }, ['requested']),
};

export const condition: Schema = object(
  {
    type: text(undefined, { minLength: 1 }),
    status: oneOf(['True', 'False', 'Unknown']),
    reason: text(undefined, { minLength: 1 }),
    message: text(),
    observedGeneration: count,
    lastTransitionTime: dateTime,
  },
  ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
);

const binary: Schema = {
  description: 'An original executable, as a node found it running. Written by nodes.',
  ...object(
    {
      image: text('As the spec of the pod writes it.'),
      path: text('Resolved path of the executable in the container.'),
      sha256,
      sizeBytes: count,
      imageId: text(),
      goVersion: text(),
      os: text(),
      arch: text(),
      buildId: text(),
      main: goModule,
      package: text(),
      buildInfo: text('The build info text exactly as recorded.'),
      labels: {
        ...{ type: 'object', additionalProperties: text(), 'x-kubernetes-map-type': 'atomic' },
        description: 'Annotations of its pod that point to its source.',
      },
    },
    ['image', 'path'],
  ),
};

const build: Schema = {
  description: 'One relink. Written by the builder.',
  ...object(
    {
      build: text('Name of the GoBuild that makes it.'),
      binary: text('sha256 of the original.'),
      goVersion: text('The target release.'),
      phase: oneOf(['Queued', 'Proving', 'Building', 'Ready', 'Failed']),
      grade: oneOf(['proven', 'compiled-equal', 'claimed', 'guessed', 'unknown']),
      artefact: text('sha256 of the relinked executable.'),
      buildId: text("Of the relinked executable, as Go's linker wrote it."),
      image: text('Where nodes can pull it from.'),
      sizeBytes: count,
      message: text(),
    },
    ['binary', 'goVersion'],
  ),
};

const environment: Schema = {
  description: 'Variables of the Go runtime.',
  ...object(Object.fromEntries(runtimeVariables.map((name) => [name, text()]))),
};

const switches: Schema = { type: 'array', items: text(), 'x-kubernetes-list-type': 'atomic' };

export const running: Schema = {
  description: 'What runs in the container, read from its process. Written by nodes.',
  ...object({
    containerId: text(),
    imageId: text(),
    sha256: text(),
    goVersion: text(),
    buildId: text(),
    fingerprint: text('Short hash of what the program is, for logs.'),
    path: text(),
    environment,
    toolchain: toolchainFactsSchema,
    library: libraryFactsSchema,
    switches,
    observedAt: dateTime,
    source: text(),
    problem: text(),
  }),
};

const node: Schema = {
  description: 'What a node that runs selected pods has fetched ahead. Written by that node.',
  ...object(
    {
      node: text(),
      fetched: text('Mark of those artefacts of the wish that lie there.'),
      problem: text('Why the last fetch failed.'),
    },
    ['node'],
  ),
};

const phase = oneOf([
  'Observing',
  'Pending',
  'Building',
  'RollingOut',
  'Delivered',
  'Verified',
  'Ineffective',
  'Failed',
  'Skipped',
]);

const toolchains: Schema = { type: 'array', items: text(), 'x-kubernetes-list-type': 'atomic' };

/** What a wish has made of a container. */
export const outcome: Readonly<Record<string, Schema>> = {
  desired: object({ goVersion: text(), artefact: text(), environment, toolchains, switches }, ['goVersion']),
  delivered: object({ artefact: text(), delivery: text(), environment, toolchains, switches }, ['delivery']),
  phase,
  reason: text('Why it is in this phase.'),
};

const exception: Schema = {
  description: 'A container that needs somebody to look; GoPods have all of them.',
  ...object({ pod: text(), container: text(), phase, reason: text() }, ['pod', 'container', 'phase']),
};

/** The schema of `GoRuntimeStatus`. */
export const statusSchema: Schema = object({
  observedGeneration: count,
  declaration,
  resolution,
  desiredPods: count,
  deliveredPods: count,
  verifiedPods: count,
  conditions: listMap(condition, ['type']),
  rollout: rolloutStatus,
  summary: rolloutSummary,
  binaries: listMap(binary, ['image', 'path']),
  builds: listMap(build, ['binary', 'goVersion']),
  toolchain: toolchainStatusSchema,
  library: libraryStatusSchema,
  libraries: listMap(observedLibrarySchema, ['image', 'program']),
  searchPaths: listMap(searchPathSchema, ['image']),
  nodes: listMap(node, ['node']),
  phases: {
    description: 'How many containers are in each phase.',
    ...{ type: 'object', additionalProperties: count, 'x-kubernetes-map-type': 'atomic' },
  },
  exceptions: { type: 'array', items: exception, 'x-kubernetes-list-type': 'atomic' },
});
