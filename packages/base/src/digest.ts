import { GofleetError } from './errors.ts';

/** A sha256 as 64 lower-case hexadecimal digits, without a prefix. */
export type Sha256 = string & { readonly sha256: unique symbol };

const hexDigits = /^[0-9a-f]{64}$/;

/**
 * A sha256 from its 64 hexadecimal digits, with or without the prefix `sha256:`.
 * @throws `base.malformed-digest`
 */
export function parseSha256(text: string): Sha256 {
  const digits = text.startsWith('sha256:') ? text.slice(7) : text;
  if (hexDigits.test(digits)) return digits as Sha256;
  throw new GofleetError(
    'base.malformed-digest',
    `a sha256 has 64 lower-case hexadecimal digits, found "${text.slice(0, 80)}"`,
  );
}

/** Whether a text is the 64 hexadecimal digits of a sha256. */
export function isSha256(text: string): text is Sha256 {
  return hexDigits.test(text);
}
