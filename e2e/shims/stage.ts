import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostPlatform } from '@gofleet/filesystem/toolchain-store';
import { toolchainName } from '@gofleet/resolve/platform';
import { shimScript } from '@gofleet/resolve/shim/render-shim';

const cli = fileURLToPath(new URL('../../apps/cli/src/bin.ts', import.meta.url));

/** The releases that the stage has installed, besides the `go` of this machine. */
export const releases = ['go1.22.12', 'go1.24.11'] as const;

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The words that start the shell. */
  readonly shell?: readonly string[];
}

/** The script alone, or a native shim before it. */
export type ShimKind = 'native' | 'script';

/** A home and a cache of their own, with releases installed and shims first in PATH. */
export interface Stage {
  readonly root: string;
  readonly shims: string;
  /** Where this machine's `go` fetches from: the stage's own home has no such settings. */
  readonly upstream: Readonly<Record<string, string>>;
  /** Writes files old enough to be remembered; returns the directory. */
  write(name: string, files: Readonly<Record<string, string>>): string;
  /** Runs a script in a shell. */
  run(script: string, options?: RunOptions): Ran;
  /** Runs a script where neither Node nor, behind a native shim, the script of the shims can run: only what is remembered helps. */
  runRemembered(script: string, options?: RunOptions): Ran;
  gofleet(argv: readonly string[], options?: RunOptions): Ran;
  remove(): void;
}

/** Makes every start of Node fail: what works with it in the environment started none. */
export const withoutNode = { NODE_OPTIONS: '--no-such-option' };

/** Makes a file look as if it had been written a while ago. */
export function age(path: string, seconds = 60): void {
  const then = Date.now() / 1000 - seconds;
  utimesSync(path, then, then);
}

/** The GOROOT of a release, fetched by the `go` command where it is not there yet. */
function goRootOf(release: string): string {
  const env = { ...process.env, GOTOOLCHAIN: release, GOFLAGS: '' };
  return execFileSync('go', ['env', 'GOROOT'], { env, cwd: '/', encoding: 'utf8' }).trim();
}

/** Installs the programs that are missing, as root by the system's package manager. */
export function installPrograms(names: readonly string[]): void {
  const missing = names.filter((name) => spawnSync(name, ['--version']).error);
  if (missing.length === 0) return;
  const apt = (...argv: string[]): unknown =>
    execFileSync('apt-get', ['-o', 'DPkg::Lock::Timeout=600', ...argv], { stdio: 'pipe' });
  apt('update');
  apt('install', '--yes', '--no-install-recommends', ...missing);
}

/** A stage in a new directory below the system's own for such things. */
export function createStage(kind: ShimKind): Stage {
  if (kind === 'native') installPrograms(['gcc']);
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'gofleet-shims-')));
  const shims = join(root, 'home/.local/share/gofleet/shims');
  for (const name of ['home', 'cache/toolchains']) mkdirSync(join(root, name), { recursive: true });
  for (const release of releases) {
    symlinkSync(goRootOf(release), join(root, 'cache/toolchains', toolchainName(release, hostPlatform())));
  }
  age(join(root, 'cache/toolchains'));
  const { GOROOT: _, GOTOOLCHAIN: __, GOFLAGS: ___, ...inherited } = process.env;
  const base = {
    ...inherited,
    HOME: join(root, 'home'),
    GOFLEET_CACHE: join(root, 'cache'),
    GOCACHE: execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim(),
    XDG_CONFIG_HOME: '',
    XDG_DATA_HOME: '',
    PATH: `${shims}:${process.env.PATH}`,
  };
  const spawn = (program: string, argv: readonly string[], { cwd = root, env = {} }: RunOptions): Ran =>
    spawnSync(program, argv, { cwd, env: { ...base, PWD: cwd, ...env }, encoding: 'utf8', timeout: 120_000 });
  const stage: Stage = {
    root,
    shims,
    upstream: JSON.parse(
      execFileSync('go', ['env', '-json', 'GOPROXY', 'GOSUMDB'], { cwd: '/', encoding: 'utf8' }),
    ),
    write(name, files) {
      const directory = join(root, name);
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(directory, path)), { recursive: true });
        writeFileSync(join(directory, path), text);
        age(join(directory, path));
      }
      return directory;
    },
    run(script, options = {}) {
      const [program = 'sh', ...argv] = options.shell ?? ['sh'];
      return spawn(program, [...argv, '-c', script], options);
    },
    runRemembered(script, { env, ...options } = {}) {
      const aside = kind === 'native' ? join(shims, shimScript) : undefined;
      if (aside) renameSync(aside, `${aside}.aside`);
      const ran = stage.run(script, { ...options, env: { ...env, ...withoutNode } });
      if (aside) renameSync(`${aside}.aside`, aside);
      return ran;
    },
    gofleet: (argv, options = {}) => spawn(process.execPath, [cli, ...argv], options),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
  const install = ['shims', 'install', ...(kind === 'script' ? ['--script'] : [])];
  const { status, stdout, stderr } = stage.gofleet(install);
  if (status !== 0 || stdout.includes(': native') !== (kind === 'native')) throw new Error(stdout + stderr);
  return stage;
}
