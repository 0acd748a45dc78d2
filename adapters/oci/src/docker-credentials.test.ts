import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { dockerCredentials } from './docker-credentials.ts';

const dir = mkdtempSync(join(tmpdir(), 'gofleet-docker-'));
const path = process.env.PATH;
afterAll(() => {
  process.env.PATH = path;
  rmSync(dir, { recursive: true, force: true });
});

const configure = (config: unknown): void =>
  writeFileSync(join(dir, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const ask = (registry: string) => dockerCredentials(dir)(registry);

test('what docker login left; passwords may have colons', async () => {
  expect(await ask('r.example')).toBeUndefined();
  configure({
    auths: { 'r.example': { auth: base64('me:a:b') }, 'https://s.example': { username: 'u', password: 'p' } },
  });
  expect(await ask('r.example')).toEqual({ user: 'me', password: 'a:b' });
  expect(await ask('s.example')).toEqual({ user: 'u', password: 'p' });
  expect(await ask('other.example')).toBeUndefined();
});

test('a file that is no JSON is an error that does not quote it', async () => {
  configure('{"auths": secret');
  await expect(ask('r.example')).rejects.toMatchObject({ code: 'oci.malformed-credentials' });
  await expect(ask('r.example')).rejects.not.toThrow('secret');
});

test('credential helpers, and one that knows nothing', async () => {
  const helper = join(dir, 'docker-credential-test');
  writeFileSync(
    helper,
    '#!/bin/sh\nread host\n[ "$host" = h.example ] || exit 1\necho \'{"Username":"me","Secret":"s3"}\'\n',
  );
  chmodSync(helper, 0o755);
  process.env.PATH = `${dir}${delimiter}${path}`;
  configure({ credHelpers: { 'h.example': 'test' }, credsStore: 'test' });
  expect(await ask('h.example')).toEqual({ user: 'me', password: 's3' });
  expect(await ask('other.example')).toBeUndefined();
  configure({ credsStore: '../bin/sh' });
  expect(await ask('h.example')).toBeUndefined();
});
