import { gateDefaults, rolloutDefaults } from '../rollout/rollout-spec.ts';
import { count, dateTime, listMap, object, oneOf, type Schema, text } from './schema.ts';

function list(items: Schema, more: Schema = {}): Schema {
  return { type: 'array', items, 'x-kubernetes-list-type': 'atomic', ...more };
}

function integer(description: string, more: Schema): Schema {
  return { type: 'integer', format: 'int32', minimum: 0, description, ...more };
}

function countOrPercent(description: string): Schema {
  return {
    description,
    'x-kubernetes-int-or-string': true,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    minimum: 1,
    pattern: '^([1-9][0-9]?|100)%$',
  };
}

const increase = (description: string, value: number): Schema =>
  integer(description, { maximum: 10_000, default: value });

const metrics: Schema = {
  description: 'Metrics in the Prometheus text format that the pods serve without authentication.',
  ...object(
    {
      port: integer('Port of the pods.', { minimum: 1, maximum: 65_535 }),
      path: text(undefined, {
        pattern: '^/[A-Za-z0-9_./-]*$',
        maxLength: 200,
        default: gateDefaults.path,
      }),
      maxGcPauseIncreasePercent: increase(
        'How much longer pauses of the garbage collector may be.',
        gateDefaults.maxGcPauseIncreasePercent,
      ),
      latency: object(
        {
          histogram: text('Name of a histogram, without _bucket.', {
            pattern: '^[a-zA-Z_:][a-zA-Z0-9_:]*$',
            maxLength: 200,
          }),
          maxIncreasePercent: increase(
            'How much longer its p99 may be.',
            gateDefaults.maxLatencyIncreasePercent,
          ),
        },
        ['histogram'],
      ),
    },
    ['port'],
  ),
};

const logs: Schema = {
  description:
    'Lines in the pods’ logs; the controller needs the right to read them (gofleet install --read-logs).',
  ...object(
    {
      errorMarks: list(text(undefined, { minLength: 1, maxLength: 100 }), { minItems: 1, maxItems: 16 }),
      maxIncreasePercent: increase(
        'How many more lines with a mark there may be in the same time.',
        gateDefaults.maxErrorIncreasePercent,
      ),
    },
    ['errorMarks'],
  ),
};

const gate: Schema = {
  description: 'What a wave is judged by, against the same workloads before.',
  ...object({
    maxRestarts: integer("Restarts of a workload's pods that are no regression.", {
      default: gateDefaults.maxRestarts,
    }),
    minSamples: integer('Samples below which a metric is not judged.', {
      minimum: 1,
      default: gateDefaults.minSamples,
    }),
    inconclusive: oneOf(['Proceed', 'Wait'], {
      default: gateDefaults.inconclusive,
      description: 'What happens when there are too few samples.',
    }),
    metrics,
    logs,
  }),
};

/** The schema of `RolloutSpec`. */
export const rolloutSpec: Schema = {
  description: 'When, in which order and how fast workloads get it, and what stops that.',
  default: {},
  ...object({
    strategy: oneOf(['Automatic', 'OnRestart'], {
      default: rolloutDefaults.strategy,
      description:
        'Automatic rolls the workloads when artefacts are ready; OnRestart waits for their own restarts.',
    }),
    waves: list(countOrPercent('Of all workloads that are to get it.'), {
      description: 'How many workloads have it by the end of each wave; the rest follows in a last one.',
      default: rolloutDefaults.waves,
      maxItems: 20,
    }),
    pauseSeconds: integer('How long each wave is watched before it is judged.', {
      default: rolloutDefaults.pauseSeconds,
      maximum: 604_800,
    }),
    progressDeadlineSeconds: integer('How long a wave may take until its pods are verified and ready.', {
      default: rolloutDefaults.progressDeadlineSeconds,
      minimum: 1,
    }),
    maxUnavailable: countOrPercent(
      "How many of the wish's pods may be unavailable when one more workload begins.",
    ),
    paused: { type: 'boolean', description: 'Begins nothing and passes no wave.' },
    gate,
  }),
};

const number: Schema = { type: 'number' };

const tail = object({ count: number, p99Seconds: number, boundSeconds: number, above: number });

const sample: Schema = object({
  ...{ at: dateTime, pods: count, ready: count, restarts: count, podSeconds: number },
  gcPauses: object({ count: number, seconds: number }),
  gcTail: tail,
  latency: tail,
  errors: object({ lines: count, podSeconds: number }),
});

const revision: Schema = object(
  { id: text(), wish: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
  ['id', 'wish'],
);

/** The schema of `RolloutStatus`. */
export const rolloutStatus: Schema = {
  description: 'How far the roll-out is. Written by the controller.',
  ...object(
    {
      phase: oneOf(['Progressing', 'Completed', 'Regressed', 'Undone']),
      from: revision,
      to: revision,
      retry: text(),
      judgedGeneration: count,
      ...{ wave: count, waves: count, waveStartedAt: dateTime, watchedSince: dateTime },
      passedAt: dateTime,
      workloads: listMap(
        object(
          {
            ...{ workload: text(), wave: count, heldAt: dateTime, before: sample, start: sample },
            left: object({ pods: count, revision: text() }, ['pods', 'revision']),
          },
          ['workload', 'wave'],
        ),
        ['workload'],
      ),
      evidence: list(text()),
      notes: list(text()),
    },
    ['phase', 'to'],
  ),
};

/** The schema of `RolloutSummary`. */
export const rolloutSummary: Schema = object({
  state: text(),
  wave: text(),
  verified: text(),
  go: text(),
});
