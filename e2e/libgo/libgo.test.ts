import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { runGo } from '@gofleet/process/go-command';
import { beforeAll, expect, test } from 'vitest';
import { findLocalGo } from '../../apps/cli/src/local-go.ts';
import { ensureInstalled } from '../identify/debian-tools.ts';

/** Programs and libraries are made once on a machine. */
const dir = join(cacheRoot(), 'e2e-libgo');
const file = (...names: readonly string[]): string => join(dir, ...names);
const soname = 'libgo.so.21';
let current: string;

/** The library of the GCC release before, whose package is only unpacked. */
function fetchOlder(): string {
  const folder = file('older');
  const find = () =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) =>
      /libgo\.so\.19\.[\d.]+$/.test(name),
    );
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    execFileSync('apt-get', ['-o', 'DPkg::Lock::Timeout=600', 'update'], { stdio: 'pipe' });
    execFileSync('apt-get', ['download', 'libgo19'], { cwd: folder, stdio: 'pipe' });
    execFileSync('sh', ['-c', 'dpkg -x libgo19_*.deb . && rm libgo19_*.deb'], { cwd: folder });
  }
  return join(folder, find() ?? '');
}

/** A library in a folder of its own, by the name that the loader looks for. */
function place(folder: string, bytes: Buffer): string {
  const path = file(folder, soname);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

/** A program and the library of the Go runtime that it is linked with, of one release. */
async function linkShared(
  goVersion: string,
): Promise<{ readonly program: string; readonly library: string }> {
  const work = file(goVersion);
  const made = { program: join(work, 'program'), library: join(work, 'pkg/libruntime.so') };
  if (existsSync(made.program)) return made;
  const { path, modCache, buildCache, moduleEnv } = await findLocalGo();
  for (const name of ['home', 'tmp', 'gopath']) mkdirSync(join(work, name), { recursive: true });
  writeFileSync(join(work, 'go.mod'), 'module m\n\ngo 1.22\n');
  writeFileSync(join(work, 'main.go'), 'package main\n\nfunc main() { println("it runs") }\n');
  const shared = `-pkgdir=${join(work, 'pkg')}`;
  for (const argv of [
    ['install', '-buildmode=shared', shared, 'runtime'],
    ['build', '-linkshared', shared, '-o', made.program, '.'],
  ]) {
    const env = { ...moduleEnv, GOTOOLCHAIN: goVersion, CGO_ENABLED: '1' };
    const { exitCode, stderr } = await runGo({
      go: path,
      argv,
      dirs: { modCache, buildCache, work },
      env,
      timeoutMs: 900_000,
    });
    if (exitCode !== 0) throw new Error(`go ${argv.join(' ')}: ${stderr}`);
  }
  return made;
}

beforeAll(async () => {
  mkdirSync(dir, { recursive: true });
  const compiler = await ensureInstalled('/usr/bin/gccgo', 'gccgo');
  writeFileSync(file('main.go'), 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("it runs") }\n');
  for (const [name, flags] of [
    ['shared', []],
    ['static', ['-static-libgo']],
  ] as const)
    if (!existsSync(file(name))) execFileSync(compiler, [...flags, '-o', file(name), file('main.go')]);
  const listed = execFileSync('ldd', [file('shared')], { encoding: 'utf8' });
  current = realpathSync(/libgo\.so\.21 => (\S+)/.exec(listed)?.[1] ?? '');
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
  execFileSync('strip', ['--strip-unneeded', next]);
  const { status, stdout } = check(file('shared'), next);
  expect([status, codesOf(stdout)]).toEqual([0, []]);
  expect(runWith(next).stdout).toBe('it runs\n');
});

test('the library of another GCC has another SONAME', () => {
  const { status, stdout } = check(file('shared'), fetchOlder());
  expect([status, codesOf(stdout)]).toEqual([1, ['verify.libgo-other-soname']]);
});

test('under a false name its symbols tell, and the program does not run on it', () => {
  const renamed = readFileSync(fetchOlder()).toString('latin1').replaceAll('libgo.so.19', soname);
  const next = place('renamed', Buffer.from(renamed, 'latin1'));
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
  copyFileSync(file('main.go'), file('text'));
  const { status, stderr } = check(file('text'), current);
  expect(status).toBe(3);
  expect(stderr).toMatch(/text: /);
});

test('-linkshared: only the same ABI hash fits, and on another Go release the program does not start', async () => {
  const { program, library } = await linkShared('go1.27.3');
  const other = await linkShared('go1.26.5');
  const run = (at: string) => spawnSync(program, { env: { LD_LIBRARY_PATH: dirname(at) }, encoding: 'utf8' });
  expect(codesOf(check(program, library, library).stdout)).toEqual([]);
  expect(run(library).stderr).toBe('it runs\n');
  expect(codesOf(check(program, other.library, library).stdout)).toEqual(['verify.libgo-other-abi']);
  expect(run(other.library).status).not.toBe(0);
}, 1_800_000);
