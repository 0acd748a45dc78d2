import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { removeTree } from '@gofleet/filesystem/staging';
import { toolchainDir } from '@gofleet/filesystem/toolchain-store';
import { type Bench, summarise } from './bench.ts';

const cli = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', 'gofleet.mjs');
const release = '1.21.13';
const rounds = 5;
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
async function ours(dir: string, GOPROXY: string): Promise<number> {
  const cache = join(dir, 'ours');
  const env = { GOPROXY, GOFLEET_CACHE: cache, GOMODCACHE: join(dir, 'none') };
  const took = run(process.execPath, [cli, 'toolchain', 'install', release, '--json'], env);
  await removeTree(cache);
  return took;
}

/** `go` itself, which fetches, checks and starts the release. */
async function goItself(dir: string, GOPROXY: string): Promise<number> {
  const GOMODCACHE = join(dir, 'go');
  const took = run('go', ['version'], { GOPROXY, GOMODCACHE, GOTOOLCHAIN: `go${release}`, GOFLAGS: '' });
  await removeTree(GOMODCACHE);
  return took;
}

async function again(dir: string, GOPROXY: string): Promise<{ commandMs: number[]; inProcessMs: number[] }> {
  const env = { GOPROXY, GOFLEET_CACHE: join(dir, 'again'), GOMODCACHE: join(dir, 'none') };
  const argv = [cli, 'toolchain', 'install', release, '--json'];
  run(process.execPath, argv, env);
  const commandMs = Array.from({ length: 20 }, () => run(process.execPath, argv, env));
  Object.assign(process.env, env);
  const { installMany } = await import('gofleet/toolchain/install-many');
  const { hostPlatform } = await import('@gofleet/filesystem/toolchain-store');
  if (!existsSync(toolchainDir(`go${release}`))) throw new Error('the release is not where it should be');
  const quiet = { report: () => undefined, stop: () => undefined };
  const context = {
    json: true,
    verbose: false,
    progress: quiet,
    signal: new AbortController().signal,
    print: () => undefined,
  };
  const inProcessMs: number[] = [];
  for (let round = 0; round < inProcessRounds; round++) {
    const startedAt = performance.now();
    await installMany({ versions: [release], platform: hostPlatform() }, context);
    inProcessMs.push(performance.now() - startedAt);
  }
  await removeTree(env.GOFLEET_CACHE);
  return { commandMs, inProcessMs };
}

/** Alternates ours with `go` itself; both take the zip from a `file://` proxy, so that no network is in it. */
async function measure(): Promise<Record<string, unknown>> {
  const dir = mkdtempSync(join(tmpdir(), 'gofleet-bench-toolchain-'));
  try {
    const proxy = makeProxy(dir);
    const samples = { ours: [] as number[], go: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      samples.ours.push(await ours(dir, proxy));
      samples.go.push(await goItself(dir, proxy));
    }
    const { commandMs, inProcessMs } = await again(dir, proxy);
    const [installMs, goItselfMs] = [summarise(samples.ours), summarise(samples.go)];
    return {
      release: `go${release}`,
      installMs,
      goItselfMs,
      ratioOfMedians: Math.round((100 * installMs.median) / goItselfMs.median) / 100,
      installedBefore: { commandMs: summarise(commandMs), inProcessMs: summarise(inProcessMs) },
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export const bench: Bench = {
  question:
    'how long does it take to install a Go release, the network left out, and how long when it is there?',
  run: measure,
};
