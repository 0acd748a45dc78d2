import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { GofleetError } from '@gofleet/base/errors';

/** The public key of a checksum database, and the name that it signs with. */
export interface VerifierKey {
  readonly name: string;
  /** First four bytes of the sha256 over name and key, as signatures repeat it. */
  readonly keyHash: number;
  readonly publicKey: KeyObject;
  /** As it was written: `name+hash+key`. */
  readonly text: string;
}

const form = /^([^+\s]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{1,200}={0,2})$/;
const ed25519 = 1;

function malformed(text: string, why: string): GofleetError {
  return new GofleetError(
    'resolve.malformed-verifier-key',
    `"${text.slice(0, 120)}" is no verifier key: ${why}`,
    {
      hint: 'a verifier key is NAME+HASH+KEY; set GOSUMDB to the one that the database publishes',
    },
  );
}

/** The hash that names a key. @see golang.org/x/mod/sumdb/note keyHash */
export function keyHashOf(name: string, key: Uint8Array): number {
  return createHash('sha256').update(`${name}\n`).update(key).digest().readUInt32BE(0);
}

/**
 * A verifier key from its text, `name+hash+key`; Ed25519 is the one algorithm.
 * @throws `resolve.malformed-verifier-key`
 * @see golang.org/x/mod/sumdb/note NewVerifier
 */
export function parseVerifierKey(text: string): VerifierKey {
  const [, name, hash = '', key64 = ''] = form.exec(text) ?? [];
  if (name === undefined) throw malformed(text, 'expected NAME+HASH+KEY');
  const key = Buffer.from(key64, 'base64');
  if (key[0] !== ed25519 || key.length !== 33 || key.toString('base64') !== key64)
    throw malformed(text, 'expected an Ed25519 key of 32 bytes');
  const keyHash = Number.parseInt(hash, 16);
  if (keyHash !== keyHashOf(name, key)) throw malformed(text, 'its hash does not fit its key');
  const x = key.subarray(1).toString('base64url');
  return {
    name,
    keyHash,
    text,
    publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
  };
}
