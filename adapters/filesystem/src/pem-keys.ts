import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { GofleetError } from '@gofleet/base/errors';
import type { SigningKey, VerifyingKey } from '@gofleet/build/ports';

/** The kinds of keys that are made and read. */
export type KeyType = 'ed25519' | 'p256';

/** A key as text; PEM both. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
  /** sha256 of the public key. */
  readonly keyId: string;
}

export const keyHint = 'make a key with "gofleet keys new", or name another one';

function unreadable(place: string, why: string): GofleetError {
  return new GofleetError('attest.unreadable-key', `${place}: expected a key in PEM form, ${why}`, {
    facts: { path: place },
    hint: keyHint,
  });
}

function typeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): KeyType | undefined {
  if (asymmetricKeyType === 'ed25519') return 'ed25519';
  return asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'p256' : undefined;
}

/** @throws `attest.wrong-key` */
function requireType(place: string, key: KeyObject): KeyType {
  const type = typeOf(key);
  if (type) return type;
  const { asymmetricKeyType: kind = 'unknown', asymmetricKeyDetails: details } = key;
  const found = details?.namedCurve ?? kind;
  throw new GofleetError(
    'attest.wrong-key',
    `${place}: expected an ed25519 key or an ECDSA key on P-256, found ${found}`,
    { facts: { path: place, found }, hint: keyHint },
  );
}

/** The hash that signatures of a key are made over; ed25519 has its own. */
const hashOf = (type: KeyType): 'sha256' | null => (type === 'p256' ? 'sha256' : null);

function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

function parseKey(place: string, text: string, parse: () => KeyObject): KeyObject {
  if (!text.includes('-----BEGIN ')) throw unreadable(place, 'found something else');
  if (/ENCRYPTED/.test(text))
    throw unreadable(place, 'found an encrypted one, whose password is not asked for');
  try {
    return parse();
  } catch {
    // What OpenSSL says of a private key is not for logs.
    throw unreadable(place, 'found a damaged one');
  }
}

const publicText = (key: KeyObject): string => String(key.export({ type: 'spki', format: 'pem' }));

/**
 * A private key from PEM text, with the PEM text of its public half.
 * @param place - where it was read, for people
 * @throws `attest.unreadable-key`, `attest.wrong-key`
 */
export function parseSigningKey(place: string, text: string): SigningKey & Pick<KeyPair, 'publicKey'> {
  if (text.includes('PUBLIC KEY')) throw unreadable(place, 'found a public one, which does not sign');
  const key = parseKey(place, text, () => createPrivateKey(text));
  const hash = hashOf(requireType(place, key));
  const half = createPublicKey(key);
  return {
    keyId: keyIdOf(half),
    publicKey: publicText(half),
    sign: (message) => sign(hash, message, key),
  };
}

/**
 * A public key from PEM text, or the public half of a private one.
 * @param place - where it was read, for people
 * @throws `attest.unreadable-key`, `attest.wrong-key`
 */
export function parseVerifyingKey(place: string, text: string): VerifyingKey {
  const key = parseKey(place, text, () => createPublicKey(text));
  const hash = hashOf(requireType(place, key));
  return {
    keyId: keyIdOf(key),
    verify(message, signature) {
      try {
        return verify(hash, message, key, signature);
      } catch {
        return false;
      }
    },
  };
}

/** A new key. */
export function generateKey(type: KeyType): KeyPair {
  const { privateKey, publicKey } =
    type === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return {
    privateKey: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    publicKey: publicText(publicKey),
    keyId: keyIdOf(publicKey),
  };
}
