import { object, type Schema, text } from './schema.ts';

const channel = text('--flag or env:NAME', {
  pattern: '^(--?[A-Za-z][A-Za-z0-9-]{0,62}|env:[A-Z][A-Z0-9_]{0,62})$',
});
const gates = (description: string): Schema => ({
  ...{ description, type: 'object', maxProperties: 32, additionalProperties: { type: 'boolean' } },
});

/** The schema of `SwitchesSpec`. */
export const switchesSchema: Schema = {
  description: 'What operators are told, in either mode. What nobody declared to be understood is not said.',
  ...object({
    understands: {
      description: 'How the operator is told. The annotation gofleet.dev/understands of a pod wins.',
      ...object({ maxConcurrentReconciles: channel, priorityQueue: channel, featureGates: channel }),
    },
    maxConcurrentReconciles: object(
      {
        value: { type: 'integer', minimum: 1, maximum: 1000 },
        goVersion: text('For programs on a Go that meets it.', {
          default: '>=1.22',
          maxLength: 120,
          pattern: '^(>=|<=|!=|>|<|=)?[0-9]{1,4}[.][0-9]{1,4}([.][0-9]{1,4})?$',
        }),
      },
      ['value'],
    ),
    priorityQueue: { type: 'boolean' },
    featureGates: gates("Feature gates of the operator's own."),
    clientFeatures: gates('Features of client-go v0.30 and newer, by KUBE_FEATURE_ variables.'),
  }),
};
