import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { hostPlatform } from '@gofleet/filesystem/toolchain-store';
import { toolchainName } from '@gofleet/resolve/platform';
import { type Bench, summarise } from './bench.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const release = 'go1.24.11';
const misePackage = '@jdxcode/mise-linux-x64@2026.9.15';
const rounds = 700;

type Env = Readonly<Record<string, string | undefined>>;

function call(program: string, argv: readonly string[], options: { cwd?: string; env?: Env } = {}): string {
  return execFileSync(program, argv, { cwd: '/', encoding: 'utf8', ...options }).trim();
}

/** mise, from npm, outside the work tree: it is compared with, not depended on. */
function findMise(): string {
  const folder = join(cacheRoot(), 'bench', misePackage.replaceAll('/', '-'));
  const program = join(folder, 'node_modules/@jdxcode/mise-linux-x64/bin/mise');
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
    call('npm', ['install', '--no-audit', '--no-fund', misePackage], { cwd: folder });
  }
  return program;
}

/** A project whose go.mod is four levels above the directory that Go is run in. */
function makeProject(folder: string): string {
  const deep = join(folder, 'one/two/three/four');
  mkdirSync(deep, { recursive: true });
  const files = {
    'go.mod': 'module example.test/m\n\ngo 1.24\n',
    '.go-version': `${release.slice(2)}\n`,
    'mise.toml': `[tools]\ngo = "${release.slice(2)}"\n`,
  };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
    utimesSync(join(folder, name), 1_700_000_000, 1_700_000_000);
  }
  return deep;
}

interface Stage {
  readonly work: string;
  readonly deep: string;
  readonly goRoot: string;
  readonly env: Env;
}

function makeStage(): Stage {
  const work = mkdtempSync(join(tmpdir(), 'gofleet-bench-'));
  const { GOROOT: _, GOTOOLCHAIN: __, GOFLAGS: ___, ...inherited } = process.env;
  const goRoot = call('go', ['env', 'GOROOT'], { env: { ...inherited, GOTOOLCHAIN: release } });
  const toolchains = join(work, 'cache/toolchains');
  mkdirSync(toolchains, { recursive: true });
  symlinkSync(goRoot, join(toolchains, toolchainName(release, hostPlatform())));
  utimesSync(toolchains, 1_700_000_000, 1_700_000_000);
  mkdirSync(join(work, 'home'));
  const deep = makeProject(join(work, 'project'));
  const env = {
    ...inherited,
    HOME: join(work, 'home'),
    GOFLEET_CACHE: join(work, 'cache'),
    GOMODCACHE: call('go', ['env', 'GOMODCACHE']),
    GOCACHE: call('go', ['env', 'GOCACHE']),
    PWD: deep,
  };
  return { work, deep, goRoot, env };
}

/** A shim that only starts a shell and executes: the least that any script can add. */
function makeBareShim({ work, goRoot }: Stage): string {
  const path = join(work, 'bare-go');
  writeFileSync(path, `#!/bin/sh\nexec '${goRoot}/bin/go' "$@"\n`, { mode: 0o755 });
  return path;
}

function makeMise({ work, goRoot, env }: Stage): { shim: string; env: Env } {
  const mise = findMise();
  const names = ['DATA', 'CONFIG', 'CACHE', 'STATE'];
  const folders = Object.fromEntries(names.map((name) => [`MISE_${name}_DIR`, join(work, 'mise', name)]));
  const miseEnv = { ...env, ...folders, MISE_OFFLINE: '1', MISE_TRUSTED_CONFIG_PATHS: work };
  call(mise, ['link', `go@${release.slice(2)}`, goRoot], { env: miseEnv });
  call(mise, ['reshim'], { env: miseEnv });
  return { shim: join(work, 'mise/DATA/shims/go'), env: miseEnv };
}

/**
 * goenv 2.x, from a checkout that `GOFLEET_BENCH_GOENV` names: no package manager serves it. Its shim is written as `goenv rehash` does.
 */
function makeGoenv(checkout: string, { work, goRoot, env }: Stage): { shim: string; env: Env } {
  const goenvRoot = join(work, 'goenv');
  for (const name of ['versions', 'shims']) mkdirSync(join(goenvRoot, name), { recursive: true });
  symlinkSync(goRoot, join(goenvRoot, 'versions', release.slice(2)));
  const shim = join(goenvRoot, 'shims/go');
  const goenv = join(checkout, 'bin/goenv');
  writeFileSync(
    shim,
    `#!/usr/bin/env bash\nset -e\nexport GOENV_ROOT="${goenvRoot}"\nexec "${goenv}" exec "\${0##*/}" "$@"\n`,
    { mode: 0o755 },
  );
  return { shim, env: { ...env, GOENV_ROOT: goenvRoot } };
}

function makeGofleet({ work, deep, env }: Stage, kind: 'native' | 'script'): string {
  const launcher = join(root, 'dist/gofleet.mjs');
  const folder = join(work, `${kind}-shims`);
  const options = ['--dir', folder, '--json', ...(kind === 'script' ? ['--script'] : [])];
  const status = JSON.parse(call(process.execPath, [launcher, 'shims', 'install', ...options], { env }));
  if (status.native !== (kind === 'native')) throw new Error(`the shims are no ${kind}: ${status.because}`);
  const shim = join(folder, 'go');
  const said = call(shim, ['version'], { cwd: deep, env });
  if (!said.includes(release)) throw new Error(`the shim runs ${said}`);
  return shim;
}

interface Subject {
  readonly name: string;
  readonly program: string;
  readonly env: Env;
}

/** What is compared with a direct run; `directAgain` tells how much two runs of the very same thing differ. */
function listSubjects(stage: Stage, direct: Pick<Subject, 'program' | 'env'>): Subject[] {
  const { env } = stage;
  const mise = makeMise(stage);
  const checkout = process.env.GOFLEET_BENCH_GOENV;
  const goenv = checkout === undefined ? undefined : makeGoenv(checkout, stage);
  return [
    { name: 'directAgain', ...direct },
    { name: 'bareShShim', program: makeBareShim(stage), env: direct.env },
    { name: 'gofleet', program: makeGofleet(stage, 'native'), env },
    { name: 'gofleetScript', program: makeGofleet(stage, 'script'), env },
    { name: 'mise', program: mise.shim, env: mise.env },
    ...(goenv ? [{ name: 'goenv', program: goenv.shim, env: goenv.env }] : []),
    { name: 'goSwitching', program: call('which', ['go']), env: { ...env, GOTOOLCHAIN: release } },
  ];
}

const pairs = (env: Env): string[] =>
  Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));

interface Times {
  readonly wall: readonly number[];
  readonly cpu: readonly number[];
}

/** The direct run right before a subject: the machine's own noise comes and goes, so only neighbours compare. */
const beforeOf = (name: string): string => `direct before ${name}`;

/** Every subject in turn, round by round, timed by a small program that forks and waits; in nanoseconds. */
function measure({ work, deep, env }: Stage, subjects: readonly Subject[]): Map<string, Times> {
  const timer = join(work, 'spawn-timer');
  const source = join(root, 'bench/spawn-timer.go');
  call('go', ['build', '-o', timer, source], { env: { ...env, GO111MODULE: 'off' } });
  const commands = subjects.map(({ name, program, env: own }) => ({
    name,
    argv: [program, 'version'],
    env: pairs(own),
  }));
  for (const { program, env: own } of subjects) call(program, ['version'], { cwd: deep, env: own });
  const input = JSON.stringify({ rounds, dir: deep, commands });
  const { status, stdout, stderr } = spawnSync(timer, { input, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(stderr);
  return new Map(Object.entries(JSON.parse(stdout)));
}

const inMs = (ns: readonly number[]): number[] => ns.map((one) => one / 1e6);

/** What was added to the direct run before it. */
const added = (ns: readonly number[], direct: readonly number[]): number[] =>
  inMs(ns.map((one, round) => one - (direct[round] ?? Number.NaN)));

function figuresOf({ wall, cpu }: Times, direct: Times): Record<string, unknown> {
  return {
    directWallMs: summarise(inMs(direct.wall)),
    wallMs: summarise(inMs(wall)),
    addedWallMs: summarise(added(wall, direct.wall)),
    addedCpuMs: summarise(added(cpu, direct.cpu)),
  };
}

/** Alternates the subjects in a project that pins its Go. */
async function run(): Promise<Record<string, unknown>> {
  const stage = makeStage();
  try {
    const direct = {
      program: join(stage.goRoot, 'bin/go'),
      env: { ...stage.env, GOTOOLCHAIN: 'local' },
    };
    const subjects = listSubjects(stage, direct);
    const pairs = subjects.flatMap((subject) => [{ name: beforeOf(subject.name), ...direct }, subject]);
    const times = measure(stage, pairs);
    const timesOf = (name: string): Times => times.get(name) ?? { wall: [], cpu: [] };
    return {
      command: `go version (${release}), four levels below go.mod; mise is ${misePackage}`,
      loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
      ...Object.fromEntries(
        subjects.map(({ name }) => [name, figuresOf(timesOf(name), timesOf(beforeOf(name)))]),
      ),
    };
  } finally {
    rmSync(stage.work, { recursive: true, force: true });
  }
}

export const bench: Bench = { question: 'what does a shim add to a call of go?', run };
