import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findWholeGo } from './whole-go.ts';

const told = execFileSync('go', ['env', '-json', 'GOROOT', 'GOVERSION'], { encoding: 'utf8' });
const { GOROOT, GOVERSION } = JSON.parse(told) as { GOROOT: string; GOVERSION: string };

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-whole-go-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const optionsOf = (go: string) => ({
  ...{ go, goVersion: GOVERSION, os: 'linux', arch: 'amd64' },
  dirs: { modCache: join(dir, 'mod'), buildCache: join(dir, 'build'), work: join(dir, 'work') },
  env: { GOPROXY: 'off' },
});

test('a release that is whole is used as it is', async () => {
  expect(await findWholeGo(optionsOf(`${GOROOT}/bin/go`))).toBe(`${GOROOT}/bin/go`);
});

test('a lone go command that cannot fetch the rest says so, and leaves nothing behind', async () => {
  mkdirSync(join(dir, 'go/bin'), { recursive: true });
  for (const name of ['bin/go', 'VERSION', 'go.env'])
    if (existsSync(join(GOROOT, name))) copyFileSync(join(GOROOT, name), join(dir, 'go', name));
  await expect(findWholeGo(optionsOf(join(dir, 'go/bin/go')))).rejects.toMatchObject({
    code: expect.stringMatching(/^build\./),
    message: expect.stringContaining('golang.org/toolchain@v0.0.1-'),
  });
  expect(readdirSync(join(dir, 'work'))).toEqual([]);
});
