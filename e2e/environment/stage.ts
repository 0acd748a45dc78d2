import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheRoot } from '@gofleet/filesystem/cache-root';

const bin = join(dirname(fileURLToPath(import.meta.url)), '../../apps/cli/src/bin.ts');

/** The release besides the one of this machine. */
export const otherGo = '1.22.12';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a command did. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function ran({ status, stdout, stderr }: SpawnSyncReturns<string>): Ran {
  return { code: status, stdout, stderr };
}

/** A home and a work tree of a test's own, on a machine whose caches it does not touch. */
export interface Stage {
  readonly dir: string;
  readonly home: string;
  readonly work: string;
  /** The environment of a user without a past; GOMODCACHE is the machine's, where the other release lies. */
  readonly env: Environment;
  gofleet(args: readonly string[], more?: { readonly env?: Environment; readonly cwd?: string }): Ran;
  run(
    program: string,
    args: readonly string[],
    more?: { readonly env?: Environment; readonly cwd?: string },
  ): Ran;
  write(files: Readonly<Record<string, string>>): void;
  remove(): void;
}

function askGo(name: string): string {
  return spawnSync('go', ['env', name], { encoding: 'utf8' }).stdout.trim();
}

/** Makes a stage; fetches the other release when it is not on this machine yet. */
export function createStage(): Stage {
  const dir = mkdtempSync(join(tmpdir(), 'gofleet-environment-'));
  const [home, work] = [join(dir, 'home'), join(dir, 'work')];
  mkdirSync(home);
  mkdirSync(work);
  spawnSync('go', ['version'], { env: { ...process.env, GOTOOLCHAIN: `go${otherGo}` } });
  const env: Environment = {
    PATH: process.env.PATH,
    HOME: home,
    GOMODCACHE: askGo('GOMODCACHE'),
    GOPROXY: askGo('GOPROXY'),
    GOTOOLCHAIN: 'local',
    GOFLEET_CACHE: join(dir, 'gofleet'),
  };
  const run: Stage['run'] = (program, args, more = {}) =>
    ran(
      spawnSync(program, args, {
        encoding: 'utf8',
        cwd: more.cwd ?? work,
        env: { ...env, ...more.env } as NodeJS.ProcessEnv,
        maxBuffer: 64 << 20,
      }),
    );
  return {
    ...{ dir, home, work, env, run },
    gofleet: (args, more) => run(process.execPath, [bin, ...args], more),
    write: (files) => {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(work, name)), { recursive: true });
        writeFileSync(join(work, name), text);
      }
    },
    remove: () => {
      spawnSync('chmod', ['-R', 'u+w', dir]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/**
 * Fills a build cache with what a release compiles of its own library for a small program, so that a test compiles only what is
 * its own. Made once per machine and release.
 */
export function seedCache(stage: Stage, cache: string, go: string): void {
  const seed = join(cacheRoot(), 'e2e-environment', `go-build-${go}`);
  if (!existsSync(seed)) {
    mkdirSync(dirname(seed), { recursive: true });
    const made = mkdtempSync(`${seed}-`);
    const argv = ['env', 'run', '--go', go, '--', 'go', 'build', '-o', join(stage.dir, 'seed'), 'runtime'];
    const built = stage.gofleet(argv, { env: { GOCACHE: made } });
    if (built.code !== 0) throw new Error(built.stderr);
    if (!existsSync(seed)) renameSync(made, seed);
  }
  cpSync(seed, cache, { recursive: true, preserveTimestamps: true });
}

/** Installs Debian packages that are not there yet. */
export function installTools(...packages: readonly string[]): void {
  const missing = packages.filter((name) => spawnSync('dpkg', ['-s', name]).status !== 0);
  if (missing.length === 0) return;
  const apt = ['-o', 'DPkg::Lock::Timeout=600'];
  spawnSync('apt-get', [...apt, 'update']);
  spawnSync('apt-get', [...apt, 'install', '-y', ...missing]);
}

/** The release of this machine: `1.26.8`. */
export function machineGo(): string {
  return askGo('GOVERSION').replace(/^go/, '');
}

/** A module of two packages without imports, so that building it compiles little more than the runtime. */
export const twoPackages = {
  'go.mod': 'module shop.example/two\n\ngo 1.21\n',
  'lib/lib.go': 'package lib\n\nfunc Next(x int) int { return x + 1 }\n',
  'lib/lib_test.go':
    'package lib\n\nimport "testing"\n\nfunc TestNext(t *testing.T) {\n\tif Next(1) != 2 {\n\t\tt.Fatal()\n\t}\n}\n',
  'main.go':
    'package main\n\nimport (\n\t"runtime"\n\n\t"shop.example/two/lib"\n)\n\nfunc main() { println(runtime.Version(), lib.Next(1)) }\n',
};
