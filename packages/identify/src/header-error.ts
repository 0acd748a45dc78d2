import { GofleetError } from '@gofleet/base/errors';

/** The error for a header that the file is too short for. */
export function truncatedHeader(what: string, expected: number, found: number): GofleetError {
  return new GofleetError(
    'identify.truncated-header',
    `${what} has ${expected} bytes, the file ends after ${found}`,
    { facts: { offset: 0, expected, found } },
  );
}

/** The error for a header that says what cannot be. */
export function malformedHeader(message: string, offset: number): GofleetError {
  return new GofleetError('identify.malformed-header', message, { facts: { offset } });
}
