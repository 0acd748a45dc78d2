import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { writeError } from '@gofleet/base/write-error';
import type { SigningKey, VerifyingKey } from '@gofleet/build/ports';
import { makeDirectory } from './make-directory.ts';
import { fileError } from './open-file.ts';

/** The kinds of keys that are made and read. */
export type KeyType = 'ed25519' | 'p256';

/** The two files of a key. */
export interface KeyFiles {
  readonly privateKey: string;
  readonly publicKey: string;
  readonly keyId: string;
}

const hint = 'make a key with "gofleet keys new", or name another one';

/** Where the key is that is used when none is named, in a user's data folder. */
export function ownKeyPath(dataRoot: string): string {
  return join(dataRoot, 'keys', 'attest.pem');
}

/** Where a private key's public half lies. */
export const publicKeyPath = (path: string): string => `${path.replace(/\.pem$/, '')}.pub`;

function unreadable(path: string, why: string, cause?: unknown): GofleetError {
  return new GofleetError('attest.unreadable-key', `${path}: expected a key in PEM form, ${why}`, {
    facts: { path },
    hint,
    ...(cause === undefined ? {} : { cause }),
  });
}

function typeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): KeyType | undefined {
  if (asymmetricKeyType === 'ed25519') return 'ed25519';
  return asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'p256' : undefined;
}

/** @throws `attest.wrong-key` */
function requireType(path: string, key: KeyObject): KeyType {
  const type = typeOf(key);
  if (type) return type;
  const { asymmetricKeyType: kind = 'unknown', asymmetricKeyDetails: details } = key;
  const found = details?.namedCurve ?? kind;
  throw new GofleetError(
    'attest.wrong-key',
    `${path}: expected an ed25519 key or an ECDSA key on P-256, found ${found}`,
    { facts: { path, found }, hint },
  );
}

/** The hash that signatures of a key are made over; ed25519 has its own. */
const hashOf = (type: KeyType): 'sha256' | null => (type === 'p256' ? 'sha256' : null);

function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

async function readPem(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    const { message } = fileError(path, thrown);
    throw new GofleetError('attest.unreadable-key', message, { facts: { path }, hint, cause: thrown });
  });
  if (!text.includes('-----BEGIN ')) throw unreadable(path, 'found something else');
  if (/ENCRYPTED/.test(text))
    throw unreadable(path, 'found an encrypted one, whose password is not asked for');
  return text;
}

function parseKey(path: string, parse: () => KeyObject): KeyObject {
  try {
    return parse();
  } catch {
    // What OpenSSL says of a private key is not for logs.
    throw unreadable(path, 'found a damaged one');
  }
}

/**
 * A private key from a PEM file.
 * @throws `attest.unreadable-key`, `attest.wrong-key`
 */
export async function readSigningKey(path: string): Promise<SigningKey> {
  const text = await readPem(path);
  if (text.includes('PUBLIC KEY')) throw unreadable(path, 'found a public one, which does not sign');
  const key = parseKey(path, () => createPrivateKey(text));
  const hash = hashOf(requireType(path, key));
  return { keyId: keyIdOf(createPublicKey(key)), sign: (message) => sign(hash, message, key) };
}

/**
 * A public key from a PEM file, or the public half of a private one.
 * @throws `attest.unreadable-key`, `attest.wrong-key`
 */
export async function readVerifyingKey(path: string): Promise<VerifyingKey> {
  const text = await readPem(path);
  const key = parseKey(path, () => createPublicKey(text));
  const hash = hashOf(requireType(path, key));
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

function generate(type: KeyType): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return type === 'ed25519'
    ? generateKeyPairSync('ed25519')
    : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}

const keyExists = (path: string): GofleetError =>
  new GofleetError('attest.key-exists', `${path}: there is a key already, which is not written over`, {
    facts: { path },
    hint: 'name another file with --output, or move the key away',
  });

/** Puts a file where none is, in one step: nobody sees half of it, and of two at a time one is first. */
async function writeNew(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(temporary, text, { flag: 'wx', mode });
    await link(temporary, path);
  } catch (thrown) {
    const exists = (thrown as NodeJS.ErrnoException).code === 'EEXIST';
    throw exists ? keyExists(path) : writeError(path, thrown);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * A new key: the private one for its owner alone, the public one (`.pub`) beside it.
 * @throws `attest.key-exists`, `filesystem.no-permission`, `filesystem.disk-full`, `filesystem.cannot-write`
 */
export async function createKey(path: string, type: KeyType): Promise<KeyFiles> {
  const beside = publicKeyPath(path);
  if (existsSync(beside)) throw keyExists(beside);
  const { privateKey, publicKey } = generate(type);
  await makeDirectory(dirname(path));
  await writeNew(path, String(privateKey.export({ type: 'pkcs8', format: 'pem' })), 0o600);
  await writeNew(beside, String(publicKey.export({ type: 'spki', format: 'pem' })), 0o644);
  return { privateKey: path, publicKey: beside, keyId: keyIdOf(publicKey) };
}

/**
 * The key in a file, which is made when it is not there.
 * @throws what `createKey` and `readSigningKey` throw
 */
export async function openSigningKey(path: string): Promise<SigningKey> {
  try {
    if (!existsSync(path)) await createKey(path, 'ed25519');
  } catch (thrown) {
    // Somebody else made it meanwhile.
    if (!isGofleetError(thrown) || thrown.code !== 'attest.key-exists') throw thrown;
  }
  return readSigningKey(path);
}
