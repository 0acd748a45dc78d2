import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { removeTree } from '@gofleet/filesystem/staging';
import { toolchainDir } from '@gofleet/filesystem/toolchain-store';
import { type Bench, type Summary, summarise } from './bench.ts';

const cli = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', 'gofleet.mjs');
const release = '1.21.13';
const rounds = 6;
/** Three trees and the zips that they came from. */
const bytesOfRound = 2 ** 30;
const commandRounds = 40;
const inProcessRounds = 200;

function run(program: string, argv: readonly string[], env: Readonly<Record<string, string>>): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(program, argv, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')}: ${stderr}`);
  return performance.now() - startedAt;
}

/** A proxy of files that has one release and the proof of its checksum: an unpacked bundle. */
function makeProxy(dir: string): string {
  const bundle = join(cacheRoot(), 'e2e', `toolchain-${release}.tar`);
  mkdirSync(dirname(bundle), { recursive: true });
  if (!existsSync(bundle)) run(process.execPath, [cli, 'toolchain', 'bundle', release, '-o', bundle], {});
  const proxy = join(dir, 'proxy');
  mkdirSync(proxy);
  execFileSync('tar', ['-xf', bundle, '-C', proxy]);
  return pathToFileURL(proxy).href;
}

/** The whole command, start of Node included, into an empty store; it finds the zip in the proxy only. */
function ours(dir: string, GOPROXY: string): number {
  const env = { GOPROXY, GOFLEET_CACHE: join(dir, 'ours'), GOMODCACHE: join(dir, 'none') };
  return run(process.execPath, [cli, 'toolchain', 'install', release, '--json'], env);
}

/** `go` itself, which fetches, checks (with no tree seen before, as ours) and starts the release. */
function goItself(dir: string, GOPROXY: string): number {
  const GOPATH = join(dir, 'go');
  const GOMODCACHE = join(GOPATH, 'mod');
  return run('go', ['version'], { GOPROXY, GOPATH, GOMODCACHE, GOTOOLCHAIN: `go${release}`, GOFLAGS: '' });
}

/** What the file system takes to make the same files, when nothing is fetched, unpacked or verified. */
function copy(dir: string, tree: string): number {
  return run('cp', ['-r', tree, join(dir, 'copy')], {});
}

interface Comparison {
  readonly installMs: Summary;
  readonly goItselfMs: Summary;
  readonly copyMs: Summary;
  readonly ratioOfMedians: number;
}

/**
 * Ours, `go` itself and a bare copy, each first in turn. What they wrote is removed only when all of them are done: ext4 without a
 * journal passes over every inode deleted in the last minutes each time that it makes a file, which would be most of what is timed.
 * @see Linux fs/ext4/ialloc.c recently_deleted
 */
async function compare(root: string, { proxy, tree }: { proxy: string; tree: string }): Promise<Comparison> {
  const dir = mkdtempSync(join(root, 'gofleet-bench-toolchain-'));
  const samples = { ours: [] as number[], go: [] as number[], copy: [] as number[] };
  const all = [
    (at: string) => samples.ours.push(ours(at, proxy)),
    (at: string) => samples.go.push(goItself(at, proxy)),
    (at: string) => samples.copy.push(copy(at, tree)),
  ];
  try {
    for (let round = 0; round < rounds; round++) {
      const at = join(dir, String(round));
      mkdirSync(at);
      for (let turn = 0; turn < all.length; turn++) all[(round + turn) % all.length]?.(at);
    }
  } finally {
    await removeTree(dir);
  }
  const [installMs, goItselfMs] = [summarise(samples.ours), summarise(samples.go)];
  const ratioOfMedians = Math.round((100 * installMs.median) / goItselfMs.median) / 100;
  return { installMs, goItselfMs, copyMs: summarise(samples.copy), ratioOfMedians };
}

/** Where files are in memory; `undefined` where there is no room for what all rounds write. */
function memory(): string | undefined {
  const dir = '/dev/shm';
  if (!existsSync(dir)) return undefined;
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize > rounds * bytesOfRound ? dir : undefined;
}

/** The command beside a Node that does nothing, in turn; and what it does, without a start. */
async function again(
  dir: string,
  GOPROXY: string,
): Promise<Record<'commandMs' | 'nodeAloneMs' | 'inProcessMs', Summary>> {
  const env = { GOPROXY, GOFLEET_CACHE: join(dir, 'again'), GOMODCACHE: join(dir, 'none') };
  const argv = [cli, 'toolchain', 'install', release, '--json'];
  run(process.execPath, argv, env);
  const [commandMs, nodeAloneMs]: [number[], number[]] = [[], []];
  for (let round = 0; round < commandRounds; round++) {
    commandMs.push(run(process.execPath, argv, env));
    nodeAloneMs.push(run(process.execPath, ['--eval', '0'], env));
  }
  Object.assign(process.env, env);
  const { findInstalled } = await import('gofleet/toolchain/find-installed');
  const { hostPlatform } = await import('@gofleet/filesystem/toolchain-store');
  if (!existsSync(toolchainDir(`go${release}`))) throw new Error('the release is not where it should be');
  const inProcessMs: number[] = [];
  for (let round = 0; round < inProcessRounds; round++) {
    const startedAt = performance.now();
    await findInstalled([release], hostPlatform());
    inProcessMs.push(performance.now() - startedAt);
  }
  await removeTree(env.GOFLEET_CACHE);
  return {
    commandMs: summarise(commandMs),
    nodeAloneMs: summarise(nodeAloneMs),
    inProcessMs: summarise(inProcessMs),
  };
}

/** All take the zip from a `file://` proxy, so that no network is in it. */
async function measure(): Promise<Record<string, unknown>> {
  const dir = mkdtempSync(join(tmpdir(), 'gofleet-bench-toolchain-'));
  try {
    const proxy = makeProxy(dir);
    // Before the disk has anything to write back.
    const installedBefore = await again(dir, proxy);
    ours(dir, proxy);
    const tree = join(dir, 'ours', 'toolchains');
    const onDisk = await compare(tmpdir(), { proxy, tree });
    const shm = memory();
    const inMemory = shm === undefined ? undefined : await compare(shm, { proxy, tree });
    return {
      release: `go${release}`,
      onDisk,
      inMemory,
      installedBefore,
    };
  } finally {
    await removeTree(dir);
  }
}

export const bench: Bench = {
  question:
    'how long does it take to install a Go release, the network left out, and how long when it is there?',
  run: measure,
};
