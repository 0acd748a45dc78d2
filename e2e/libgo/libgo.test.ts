import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import {
  compileGccgo,
  fetchOlder,
  fileOf as file,
  libraryOf,
  linkShared,
  place,
  placeRenamed,
} from './libgo-programs.ts';

let current: string;
const source = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("it runs") }\n';
const sharedSource = 'package main\n\nfunc main() { println("it runs") }\n';

beforeAll(async () => {
  current = libraryOf(await compileGccgo('shared', source));
  await compileGccgo('static', source, ['-static-libgo']);
}, 600_000);

const cli = fileURLToPath(new URL('../../apps/cli/src/bin.ts', import.meta.url));
const check = (program: string, next: string, library = current) =>
  spawnSync(process.execPath, [cli, '--json', 'libgo', program, library, next], { encoding: 'utf8' });
const codesOf = (stdout: string): readonly string[] =>
  (JSON.parse(stdout) as { findings: { code: string }[] }).findings.map(({ code }) => code);
const runWith = (library: string) =>
  spawnSync(file('shared'), { env: { LD_LIBRARY_PATH: dirname(library) }, encoding: 'utf8' });

test('the library without its debugging symbols fits, and the program runs on it', () => {
  const next = place('stripped', readFileSync(current));
  spawnSync('strip', ['--strip-unneeded', next]);
  const { status, stdout } = check(file('shared'), next);
  expect([status, codesOf(stdout)]).toEqual([0, []]);
  expect(runWith(next).stdout).toBe('it runs\n');
});

test('the library of another GCC has another SONAME', () => {
  const { status, stdout } = check(file('shared'), fetchOlder());
  expect([status, codesOf(stdout)]).toEqual([1, ['verify.libgo-other-soname']]);
});

test('under a false name its symbols tell, and the program does not run on it', () => {
  const next = placeRenamed();
  const { status, stdout } = check(file('shared'), next);
  expect([status, codesOf(stdout)]).toEqual([
    1,
    expect.arrayContaining(['verify.libgo-missing-symbols', 'verify.libgo-resized-data']),
  ]);
  expect(runWith(next).stderr).toContain('symbol lookup error');
  rmSync(next);
});

test('a program whose runtime is inside, and what is no program', () => {
  expect(codesOf(check(file('static'), current).stdout)).toEqual(['verify.libgo-not-used']);
  copyFileSync(file('shared.go'), file('text'));
  const { status, stderr } = check(file('text'), current);
  expect(status).toBe(3);
  expect(stderr).toMatch(/text: /);
});

test('-linkshared: only the same ABI hash fits, and on another Go release the program does not start', async () => {
  const { program, library } = await linkShared('go1.27.3', sharedSource);
  const other = await linkShared('go1.26.5', sharedSource);
  const run = (at: string) => spawnSync(program, { env: { LD_LIBRARY_PATH: dirname(at) }, encoding: 'utf8' });
  expect(codesOf(check(program, library, library).stdout)).toEqual([]);
  expect(run(library).stderr).toBe('it runs\n');
  expect(codesOf(check(program, other.library, library).stdout)).toEqual(['verify.libgo-other-abi']);
  expect(run(other.library).status).not.toBe(0);
}, 1_800_000);
