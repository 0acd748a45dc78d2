import { goBuildApi } from '../builds/go-build.ts';
import { column, renderDefinition } from './definition.ts';
import { count, dateTime, listMap, object, oneOf, type Schema, sha256, text } from './schema.ts';
import { condition } from './status-schema.ts';

const grade = oneOf(['proven', 'compiled-equal', 'claimed']);

function listOf(items: Schema): Schema {
  return { type: 'array', items, 'x-kubernetes-list-type': 'atomic' };
}

const textMap: Schema = { type: 'object', additionalProperties: text() };

const original: Schema = {
  description: 'The executable that is to be relinked, as a node observed it.',
  ...object(
    {
      ...{ sha256, sizeBytes: count, goVersion: text(), os: text(), arch: text(), buildId: text() },
      package: text('Import path of the main package.'),
      buildInfo: text('The build info text exactly as recorded.'),
      labels: { ...textMap, description: 'What its workload says of its source.' },
    },
    ['sha256', 'goVersion', 'package', 'buildInfo'],
  ),
};

const spec: Schema = {
  description: 'What is to be built, and for whom. Written by the builder.',
  ...object(
    {
      recipe: text('sha256 over the original, the target and how it is built.'),
      original,
      goVersion: text('The target release.'),
      minimumGrade: { ...grade, description: 'The least that one of the wishes accepts.' },
      priority: { type: 'integer', format: 'int32', description: "The highest of the wishes'." },
      wishes: listOf(text('namespace/name of a GoRuntime.')),
      unwantedSince: dateTime,
    },
    ['recipe', 'original', 'goVersion', 'minimumGrade', 'priority'],
  ),
};

const claim: Schema = {
  description: 'Who works on it. Void when it is not renewed for as long as the lease.',
  ...object({ holder: text(), acquiredAt: dateTime, renewedAt: dateTime, leaseSeconds: count }, ['holder']),
};

const reproduction: Schema = {
  description: 'How the original was reproduced with its own release.',
  ...object({
    goVersion: text(),
    source: text('What it was rebuilt from; absent for a released module.'),
    equal: { type: 'boolean' },
    segments: listOf({ type: 'boolean' }),
    differences: listOf(object({ cause: text(), evidence: text() }, ['cause'])),
  }),
};

const artefact: Schema = {
  description: 'What was made.',
  ...object(
    {
      sha256,
      sizeBytes: count,
      buildId: text("As Go's linker wrote it."),
      changes: listOf(object({ setting: text(), from: text(), to: text() }, ['setting'])),
      image: text('Where it lies in a registry.'),
    },
    ['sha256'],
  ),
};

const recipe: Schema = {
  description: 'How it was made.',
  ...object({
    source: text('What it was built from; absent for a released module.'),
    godebug: oneOf(['keep', 'new']),
    linkFlags: text(),
    argv: listOf(text()),
    env: textMap,
    toolchain: object({ goVersion: text(), dirHash: text(), tools: textMap }, ['goVersion']),
  }),
};

const attestation: Schema = {
  description: 'Signed provenance of the artefact, beside it. Written by the builder.',
  ...object(
    {
      keyId: text('sha256 of the public key; the key itself is in ConfigMap gofleet-signing.'),
      image: text("Where it lies in a registry, as what refers to the artefact's image."),
    },
    ['keyId'],
  ),
};

const status: Schema = object({
  phase: oneOf(['Queued', 'Proving', 'Building', 'Ready', 'Failed']),
  message: text('What is going on, or why it failed.'),
  code: text('Code of the error that it failed with.'),
  claim,
  worker: text('Who worked on it last.'),
  attempts: count,
  lost: { ...count, description: 'How often it took its worker down, or hung.' },
  setbacks: { ...count, description: 'Failures in a row that may pass by themselves.' },
  ...{ nextAttemptAt: dateTime, startedAt: dateTime, finishedAt: dateTime, grade, reproduction },
  announced: text('sha256 of what its worker is handing in.'),
  ...{ artefact, recipe, attestation },
  log: { ...listOf(text()), description: 'The last lines that the go command printed.' },
  conditions: listMap(condition, ['type']),
});

/** The CRD of `GoBuild`, field by field what `go-build.ts` declares. */
export function renderBuildDefinition(): Record<string, unknown> {
  return renderDefinition({
    api: goBuildApi,
    scope: 'Cluster',
    shortName: 'gobd',
    columns: [
      column('Original', 'string', '.spec.original.goVersion'),
      column('Target', 'string', '.spec.goVersion'),
      column('Priority', 'integer', '.spec.priority'),
      column('Phase', 'string', '.status.phase'),
      column('Grade', 'string', '.status.grade'),
      column('Age', 'date', '.metadata.creationTimestamp'),
      { ...column('Package', 'string', '.spec.original.package'), priority: 1 },
      { ...column('Recipe', 'string', '.spec.recipe'), priority: 1 },
      { ...column('Worker', 'string', '.status.worker'), priority: 1 },
    ],
    description: 'One relink for the whole cluster: every wish that needs this recipe shares it.',
    fields: { spec, status },
  });
}
