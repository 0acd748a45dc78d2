import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GofleetError } from '@gofleet/base/errors';
import { afterAll, expect, test } from 'vitest';
import { createKey, openSigningKey, ownKeyPath, readSigningKey, readVerifyingKey } from './signing-keys.ts';

const dir = mkdtempSync(join(tmpdir(), 'gofleet-keys-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const failure = (attempt: Promise<unknown>): Promise<GofleetError> =>
  attempt.then(
    () => expect.unreachable('it should have failed'),
    (thrown: GofleetError) => thrown,
  );

test.each(['ed25519', 'p256'] as const)('a new key signs, its public half verifies: %s', async (type) => {
  const made = await createKey(join(dir, `${type}.pem`), type);
  expect(statSync(made.privateKey).mode & 0o777).toBe(0o600);
  const [key, own, other] = [
    await readSigningKey(made.privateKey),
    await readVerifyingKey(made.publicKey),
    await readVerifyingKey(made.privateKey),
  ];
  expect([key.keyId, own.keyId, other.keyId]).toEqual(Array(3).fill(made.keyId));
  const message = Buffer.from('message');
  expect(own.verify(message, key.sign(message))).toBe(true);
  expect(own.verify(Buffer.from('another'), key.sign(message))).toBe(false);
  expect(own.verify(message, Buffer.from('no signature'))).toBe(false);
});

test('a key of OpenSSL signs what OpenSSL verifies', async () => {
  const [path, pub] = [join(dir, 'openssl.pem'), join(dir, 'openssl.pub')];
  execFileSync('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', path]);
  execFileSync('openssl', ['pkey', '-in', path, '-pubout', '-out', pub]);
  const key = await readSigningKey(path);
  const [message, signature] = [join(dir, 'message'), join(dir, 'signature')];
  writeFileSync(message, 'message');
  writeFileSync(signature, key.sign(Buffer.from('message')));
  const argv = ['dgst', '-sha256', '-verify', pub, '-signature', signature, message];
  expect(execFileSync('openssl', argv, { encoding: 'utf8' })).toContain('Verified OK');
});

test('a key is made at the first use, and no key is written over', async () => {
  const path = ownKeyPath(dir);
  const [first, second] = await Promise.all([openSigningKey(path), openSigningKey(path)]);
  expect(second.keyId).toBe(first.keyId);
  expect((await openSigningKey(path)).keyId).toBe(first.keyId);
  const before = readFileSync(path, 'utf8');
  expect(await failure(createKey(path, 'p256'))).toMatchObject({ code: 'attest.key-exists' });
  expect(readFileSync(path, 'utf8')).toBe(before);
});

test('a key that cannot be read, or is of another kind', async () => {
  const pem = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey;
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const locked = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const;
  const plain = { type: 'pkcs8', format: 'pem' } as const;
  const cases: readonly (readonly [string, string, string])[] = [
    [join(dir, 'gone.pem'), 'attest.unreadable-key', 'no such file'],
    [dir, 'attest.unreadable-key', 'EISDIR'],
    [pem('text', 'no key'), 'attest.unreadable-key', 'found something else'],
    [
      pem('damaged', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'),
      'attest.unreadable-key',
      'damaged',
    ],
    [pem('locked', String(privateKey.export(locked))), 'attest.unreadable-key', 'encrypted'],
    [
      pem('public', String(publicKey.export({ type: 'spki', format: 'pem' }))),
      'attest.unreadable-key',
      'public',
    ],
    [pem('rsa', String(rsa.export(plain))), 'attest.wrong-key', 'found rsa'],
    [pem('p384', String(p384.export(plain))), 'attest.wrong-key', 'found secp384r1'],
  ];
  for (const [path, code, says] of cases) {
    const error = await failure(readSigningKey(path));
    expect({ path, code: error.code, says: error.message }).toEqual({
      ...{ path, code },
      says: expect.stringContaining(says),
    });
    expect(error.hint).toContain('gofleet keys new');
  }
});
