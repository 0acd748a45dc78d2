import { GofleetError } from '@gofleet/base/errors';

/** The error that says why the sandbox does not do what was asked. */
export function refused(what: string, why: string, hint?: string): GofleetError {
  return new GofleetError('build.sandbox-refused', `${what}: ${why}`, {
    facts: { what },
    ...(hint === undefined ? {} : { hint }),
  });
}
