import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { runGo } from '@gofleet/process/go-command';
import { findLocalGo } from '../../apps/cli/src/local-go.ts';
import { ensureInstalled } from '../identify/debian-tools.ts';

/** Programs and libraries are made once on a machine. */
const dir = join(cacheRoot(), 'e2e-libgo');

/** A file of the folder that all of them lie in. */
export const fileOf = (...names: readonly string[]): string => join(dir, ...names);

/** What the gccgo of this machine links programs with. */
export const soname = 'libgo.so.21';

/** A program of gccgo from a file's text; made once. */
export async function compileGccgo(
  name: string,
  source: string,
  flags: readonly string[] = [],
): Promise<string> {
  const compiler = await ensureInstalled('/usr/bin/gccgo', 'gccgo');
  const program = fileOf(name);
  mkdirSync(dir, { recursive: true });
  writeFileSync(`${program}.go`, source);
  if (!existsSync(program)) execFileSync(compiler, [...flags, '-o', program, `${program}.go`]);
  return program;
}

/** The library that a program of gccgo runs on here. */
export function libraryOf(program: string): string {
  const listed = execFileSync('ldd', [program], { encoding: 'utf8' });
  return realpathSync(/libgo\.so\.21 => (\S+)/.exec(listed)?.[1] ?? '');
}

/** The library of the GCC release before, whose package is only unpacked. */
export function fetchOlder(): string {
  const folder = fileOf('older');
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
export function place(folder: string, bytes: Buffer, name = soname): string {
  const path = fileOf(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

/** A library without debugging symbols in which a text is another one of the same length. */
export function placeOther(
  folder: string,
  library: string,
  { name, from, to }: { name: string; from: string; to: string },
): string {
  const path = place(folder, readFileSync(library), name);
  execFileSync('strip', ['--strip-unneeded', path]);
  const text = readFileSync(path).toString('latin1');
  if (!text.includes(from) || from.length !== to.length)
    throw new Error(`${library}: "${from}" is not in it, or not as long as "${to}"`);
  writeFileSync(path, Buffer.from(text.replaceAll(from, to), 'latin1'));
  return path;
}

/** The library of the GCC release before, under the name of the newer one: it lacks much of what programs take. */
export function placeRenamed(): string {
  const renamed = readFileSync(fetchOlder()).toString('latin1').replaceAll('libgo.so.19', soname);
  return place('renamed', Buffer.from(renamed, 'latin1'));
}

/** A program and the library of the Go runtime that it is linked with, of one release; made once. */
export async function linkShared(
  goVersion: string,
  source: string,
  name = 'program',
): Promise<{ readonly program: string; readonly library: string }> {
  const work = fileOf(goVersion);
  const made = { program: join(work, name), library: join(work, 'pkg/libruntime.so') };
  if (existsSync(made.program)) return made;
  const { path, modCache, buildCache, moduleEnv } = await findLocalGo();
  for (const each of ['home', 'tmp', 'gopath', `src-${name}`])
    mkdirSync(join(work, each), { recursive: true });
  const shared = `-pkgdir=${join(work, 'pkg')}`;
  writeFileSync(join(work, 'go.mod'), 'module m\n\ngo 1.22\n');
  writeFileSync(join(work, `src-${name}`, 'main.go'), source);
  const commands = [
    ...(existsSync(made.library) ? [] : [['install', '-buildmode=shared', shared, 'runtime']]),
    ['build', '-linkshared', shared, '-o', made.program, `./src-${name}`],
  ];
  for (const argv of commands) {
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
