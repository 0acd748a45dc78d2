import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { writeError } from '@gofleet/base/write-error';
import type { SigningKey, VerifyingKey } from '@gofleet/build/ports';
import { makeDirectory } from './make-directory.ts';
import { fileError } from './open-file.ts';
import { generateKey, type KeyType, keyHint, parseSigningKey, parseVerifyingKey } from './pem-keys.ts';

/** The two files of a key. */
export interface KeyFiles {
  readonly privateKey: string;
  readonly publicKey: string;
  readonly keyId: string;
}

/** Where the key is that is used when none is named, in a user's data folder. */
export function ownKeyPath(dataRoot: string): string {
  return join(dataRoot, 'keys', 'attest.pem');
}

/** Where a private key's public half lies. */
export const publicKeyPath = (path: string): string => `${path.replace(/\.pem$/, '')}.pub`;

async function readPem(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((thrown: unknown) => {
    const { message } = fileError(path, thrown);
    throw new GofleetError('attest.unreadable-key', message, {
      facts: { path },
      hint: keyHint,
      cause: thrown,
    });
  });
}

/**
 * A private key from a PEM file.
 * @throws `attest.unreadable-key`, `attest.wrong-key`
 */
export async function readSigningKey(path: string): Promise<SigningKey> {
  return parseSigningKey(path, await readPem(path));
}

/**
 * A public key from a PEM file, or the public half of a private one.
 * @throws `attest.unreadable-key`, `attest.wrong-key`
 */
export async function readVerifyingKey(path: string): Promise<VerifyingKey> {
  return parseVerifyingKey(path, await readPem(path));
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
  const { privateKey, publicKey, keyId } = generateKey(type);
  await makeDirectory(dirname(path));
  await writeNew(path, privateKey, 0o600);
  await writeNew(beside, publicKey, 0o644);
  return { privateKey: path, publicKey: beside, keyId };
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
