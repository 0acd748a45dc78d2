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
const ask = (registry: string, repository = 'team/app') => dockerCredentials(dir)(registry, repository);

test('what docker login left; passwords may have colons', async () => {
  expect(await ask('r.example')).toBeUndefined();
  configure({
    auths: { 'r.example': { auth: base64('me:a:b') }, 'https://s.example': { username: 'u', password: 'p' } },
  });
  expect(await ask('r.example')).toEqual({ user: 'me', password: 'a:b' });
  expect(await ask('s.example')).toEqual({ user: 'u', password: 'p' });
  expect(await ask('other.example')).toBeUndefined();
});

test.each(['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io'])(
  'Docker Hub by the name %s',
  async (key) => {
    configure({ auths: { [key]: { auth: base64('me:hub') } } });
    const me = { user: 'me', password: 'hub' };
    expect(await ask('docker.io')).toEqual(me);
    expect(await ask('index.docker.io')).toEqual(me);
    expect(await ask('registry-1.docker.io')).toEqual(me);
    expect(await ask('docker.io.example')).toBeUndefined();
  },
);

test.each([
  'https://r.example:5000/v2/',
  'http://r.example:5000',
  'r.example:5000/',
  'r.example:5000/v1/',
  'https://r.example:5000/team/',
  'r.example:5000/team/app',
  '*.example:5000',
  'r.*:5000/team',
])('the key %s', async (key) => {
  configure({ auths: { [key]: { auth: base64('me:s3') } } });
  expect(await ask('r.example:5000')).toEqual({ user: 'me', password: 's3' });
  for (const other of ['r.example', 'r.example:5001', 'evil.r.example:5000', 'r.example.evil:5000'])
    expect(await ask(other)).toBeUndefined();
});

test('of several keys the longest path counts, of a named host before those of a pattern', async () => {
  const auth = (user: string) => ({ auth: base64(`${user}:x`) });
  configure({
    auths: {
      '*.example/team/app': auth('pattern'),
      'r.example': auth('all'),
      'https://r.example/team': auth('team'),
      'r.example/team/app/': auth('app'),
      'r.example/team/app/tools': {},
    },
  });
  const user = async (...at: [string, string]) => (await ask(...at))?.user;
  expect(await user('r.example', 'team/app')).toBe('app');
  expect(await user('r.example', 'team/app/tools')).toBe('app');
  expect(await user('r.example', 'team/apple')).toBe('team');
  expect(await user('r.example', 'teamwork/app')).toBe('all');
  expect(await user('s.example', 'team/app')).toBe('pattern');
  expect(await user('s.example', 'team')).toBeUndefined();
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
  configure({ credHelpers: { 'https://h.example/': 'test' } });
  expect(await ask('h.example')).toEqual({ user: 'me', password: 's3' });
  writeFileSync(helper, `#!/bin/sh\nread host\necho "{\\"Username\\":\\"me\\",\\"Secret\\":\\"$host\\"}"\n`);
  configure({ credsStore: 'test' });
  // Docker itself keeps its Hub's login under this name.
  expect(await ask('docker.io')).toEqual({ user: 'me', password: 'https://index.docker.io/v1/' });
  configure({ credsStore: '../bin/sh' });
  expect(await ask('h.example')).toBeUndefined();
});
