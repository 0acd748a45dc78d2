import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveSettings } from '@gofleet/build/environment/go-settings';
import { parseEnvFile } from '@gofleet/declare/go/env-file';
import { afterAll, beforeAll, expect, test } from 'vitest';

const names = ['GOPROXY', 'GOPRIVATE', 'GONOPROXY', 'GOVCS'];

let dir: string;
let go: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-env-file-'));
  go = execFileSync('go', ['env', 'GOROOT'], { cwd: '/', encoding: 'utf8' }).trim();
  mkdirSync(join(dir, 'root'));
  for (const name of ['bin', 'src', 'pkg', 'VERSION']) symlinkSync(join(go, name), join(dir, 'root', name));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What the real `go` makes of a user's file and a release's go.env. */
function ask(user: string, root: string): unknown {
  writeFileSync(join(dir, 'user'), user);
  writeFileSync(join(dir, 'root/go.env'), root);
  const env = { HOME: dir, GOENV: join(dir, 'user'), GOROOT: join(dir, 'root'), GOTOOLCHAIN: 'local' };
  const said = execFileSync(join(go, 'bin/go'), ['env', '-json', ...names], {
    cwd: dir,
    env,
    encoding: 'utf8',
  });
  return JSON.parse(said);
}

test.each([
  ['the release’s settings', '', 'GOPROXY=https://a.example\n'],
  ['the user’s before them', 'GOPROXY=https://b.example\n', 'GOPROXY=https://a.example\n'],
  ['an empty value of the user’s', 'GOPROXY=\n', 'GOPROXY=https://a.example\n'],
  ['the last of the user’s', 'GOPRIVATE=a\nGOPRIVATE=b\n', ''],
  ['the first of the release’s', '', 'GOPRIVATE=a\nGOPRIVATE=b\n'],
  ['a byte order mark', '\ufeffGOPRIVATE=a\nGOVCS=*:all\n', ''],
  ['CR LF', 'GOPRIVATE=a\r\n', ''],
  ['blanks before and in a name', ' GOPRIVATE=a\nGOVCS =*:all\n', ''],
  ['lines that are none', 'GOPRIVATE\n=b\n# GOVCS=x\ngovcs=y\n\nGOPRIVATE=c', ''],
  ['a value with "=" and blanks', 'GOPRIVATE= a = b \n', ''],
])('%s: as the go command reads it', (_name, user, root) => {
  const settings = resolveSettings({
    environment: {},
    envFile: parseEnvFile(user, 'user', 'last'),
    goroot: parseEnvFile(root, 'go.env', 'first'),
  });
  const ours = Object.fromEntries(names.map((name) => [name, settings(name).value]));
  expect(ours).toEqual(ask(user, root));
});
