import { identitySchema } from '../identity/identity-spec.ts';
import { labelKeyPattern, labelValuePattern } from '../match-selector.ts';
import { sandboxSchema } from '../sandbox/sandbox-spec.ts';
import { libgoSchema } from './library-schema.ts';
import { rolloutSpec } from './rollout-schema.ts';
import { runtimeSchema } from './runtime-schema.ts';
import { object, oneOf, type Schema, text } from './schema.ts';
import { switchesSchema } from './switches-schema.ts';
import { toolchainSchema } from './toolchain-schema.ts';

const labelValue = text(undefined, { maxLength: 63, pattern: labelValuePattern });

const labels: Schema = {
  type: 'object',
  minProperties: 1,
  additionalProperties: labelValue,
};

const expression: Schema = {
  ...object(
    {
      key: text(undefined, { maxLength: 317, pattern: labelKeyPattern }),
      operator: oneOf(['In', 'NotIn', 'Exists', 'DoesNotExist']),
      values: { type: 'array', items: labelValue, 'x-kubernetes-list-type': 'atomic' },
    },
    ['key', 'operator'],
  ),
  anyOf: [
    { properties: { operator: { enum: ['In', 'NotIn'] }, values: { minItems: 1 } }, required: ['values'] },
    { properties: { operator: { enum: ['Exists', 'DoesNotExist'] }, values: { maxItems: 0 } } },
  ],
};

const selector: Schema = {
  description: 'Which pods of this namespace. An empty selector is refused: it would mean all of them.',
  ...object({
    matchLabels: labels,
    matchExpressions: {
      type: 'array',
      minItems: 1,
      items: expression,
      'x-kubernetes-list-type': 'atomic',
    },
  }),
  minProperties: 1,
  'x-kubernetes-map-type': 'atomic',
};

const godebug: Schema = {
  description: 'What mode godebug sets in the environment of the containers.',
  ...object({
    settings: {
      description: 'GODEBUG settings by name. Names that the Go inside does not know are refused.',
      type: 'object',
      maxProperties: 64,
      additionalProperties: text(undefined, { maxLength: 64, pattern: '^[A-Za-z0-9_.+-]*$' }),
    },
    memoryLimit: {
      description: "GOMEMLIMIT from the container's memory limit, less a margin.",
      ...object({
        marginPercent: { type: 'integer', minimum: 0, maximum: 90, default: 10 },
        evaluate: oneOf(['AtCreation', 'AtStart'], {
          description:
            'When: at the creation of the pod, or whenever the container starts, after an in-place resize too; then the margin is 4.6 %.',
        }),
      }),
    },
    gcPercent: text('GOGC: a number of per cent, or off.', { pattern: '^(off|[0-9]{1,5})$' }),
    maxProcs: oneOf(['FromLimit'], {
      description: "GOMAXPROCS from the container's CPU limit, for programs of Go 1.24 and older.",
    }),
  }),
};

const fields: Schema = object(
  {
    selector,
    containers: {
      description: 'Only these containers; every Go container when absent.',
      type: 'array',
      minItems: 1,
      items: text(undefined, { minLength: 1 }),
      'x-kubernetes-list-type': 'set',
    },
    runtime: runtimeSchema,
    mode: oneOf(['relink', 'godebug', 'toolchain', 'libgo'], {
      default: 'relink',
      description:
        'relink mounts a rebuilt executable; godebug sets GODEBUG, GOMEMLIMIT, GOGC and GOMAXPROCS by the rules of the Go that is inside; toolchain mounts Go releases for pods that execute go; libgo mounts another library of the Go runtime for programs that are linked with one dynamically.',
    }),
    switches: switchesSchema,
    godebug,
    identity: identitySchema,
    sandbox: sandboxSchema,
    toolchain: toolchainSchema,
    libgo: libgoSchema,
    delivery: oneOf(['auto', 'csi', 'image', 'copy'], {
      default: 'auto',
      description:
        'csi mounts artefacts by the node plugin; image and copy take them from the registry of --push, as an image volume or by an init container. auto is the best that every node supports that a pod may go to.',
    }),
    minimumGrade: oneOf(['proven', 'compiled-equal', 'claimed'], {
      default: 'compiled-equal',
      description: 'The least evidence that the original executable was reproduced before it was relinked.',
    }),
    outsideSkew: oneOf(['Refuse', 'Warn'], {
      default: 'Refuse',
      description:
        'When a module inside an operator is known to need a newer Go: relink nothing, or try and tell.',
    }),
    priority: {
      type: 'integer',
      format: 'int32',
      minimum: -1000,
      maximum: 1000,
      default: 0,
      description: 'Whose builds come first: each point counts as a minute of waiting.',
    },
    rollout: rolloutSpec,
    repair: oneOf(['Report', 'Restart'], {
      default: 'Report',
      description: 'What to do with selected pods that started uninjected.',
    }),
  },
  ['selector'],
);

const isLibgo = { enum: ['libgo'] };

/** The schema of `GoRuntimeSpec`: mode `libgo` names a library, all others a Go version. */
export const specSchema: Schema = {
  ...fields,
  anyOf: [
    { required: ['mode', 'libgo'], properties: { mode: isLibgo } },
    { required: ['runtime'], not: { required: ['mode'], properties: { mode: isLibgo } } },
  ],
};
