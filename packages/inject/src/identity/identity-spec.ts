import { object, type Schema } from '../install/schema.ts';

/** What a wish lets programs be told of themselves. */
export interface IdentitySpec {
  /** Whether injected containers get the {@link identityVariables}; default false: a program sees its environment, and may print it. */
  readonly environment?: boolean;
}

/** The variables by which a program is told which build it is; no others are ever set for it. */
export const identityVariables = ['GOFLEET_BUILD_ID', 'GOFLEET_FINGERPRINT'] as const;

/** Some of them, with their values: Go's build ID, and the 12 digits of the module graph. */
export type IdentityVariables = Readonly<Partial<Record<(typeof identityVariables)[number], string>>>;

/** The schema of `IdentitySpec`. */
export const identitySchema: Schema = {
  description: 'What programs are told of themselves, in mode relink.',
  ...object({
    environment: {
      type: 'boolean',
      default: false,
      description:
        'Containers that an artefact is mounted in get its GOFLEET_BUILD_ID and GOFLEET_FINGERPRINT in their environment.',
    },
  }),
};

/** The variables for eyes: `GOFLEET_BUILD_ID=… GOFLEET_FINGERPRINT=…`. */
export function renderIdentity(variables: IdentityVariables): string {
  const set = identityVariables.filter((name) => variables[name] !== undefined);
  return set.map((name) => `${name}=${variables[name]}`).join(' ');
}
