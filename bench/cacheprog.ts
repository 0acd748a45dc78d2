import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { rabbitmqOperator as operator } from 'gofleet/demo/operator';
import { type Bench, summarise } from './bench.ts';

const bundle = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', 'gofleet.mjs');
const rounds = 5;
const starts = 20;

type Env = NodeJS.ProcessEnv;

function call(program: string, argv: readonly string[], options: { cwd?: string; env?: Env } = {}): string {
  const { status, stdout, stderr } = spawnSync(program, argv, { encoding: 'utf8', ...options });
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** What is kept between runs: the operator's source, a warm GOCACHE, and the folder of a shared cache that has all of it. */
const kept = join(cacheRoot(), 'bench-cacheprog');
const [source, goCache, shared] = ['source', 'go-build', 'shared'].map((name) => join(kept, name)) as [
  string,
  string,
  string,
];

const env: Env = {
  ...process.env,
  GOCACHE: goCache,
  CGO_ENABLED: '0',
  GOFLAGS: '-mod=mod',
  GOTOOLCHAIN: 'local',
  GOCACHEPROG: '',
};

function fetchSource(): void {
  if (existsSync(source)) return;
  const told = call('go', ['mod', 'download', '-json', `${operator.module}@${operator.version}`], {
    cwd: '/',
  });
  cpSync((JSON.parse(told) as { Dir: string }).Dir, source, { recursive: true });
  call('chmod', ['-R', 'u+w', source]);
}

let count = 0;
function build(work: string, more: Env = {}): number {
  const output = join(work, `operator-${count++}`);
  const startedAt = performance.now();
  call('go', ['build', '-trimpath', '-o', output, '.'], { cwd: source, env: { ...env, ...more } });
  return performance.now() - startedAt;
}

async function serve(): Promise<{ child: ChildProcess; url: string }> {
  const argv = [bundle, 'cache', 'serve', '--dir', shared, '--listen-port', '0'];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout as NodeJS.ReadableStream), 'line');
  return { child, url: `http://127.0.0.1:${(JSON.parse(line) as { port: number }).port}` };
}

/** The value of GOCACHEPROG with the resident process, or with Node in the middle of each build. */
function goCacheProg(isResident: boolean, options: readonly string[]): string {
  if (!isResident) return [process.execPath, bundle, 'cacheprog', ...options].join(' ');
  return call(process.execPath, [bundle, 'cacheprog', ...options, 'command']);
}

/** From the start of the helper to its first message, which the go command waits for. */
async function timeStart(value: string): Promise<number> {
  const [program = '', ...argv] = value.split(' ');
  const startedAt = performance.now();
  const child = spawn(program, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const took = performance.now() - startedAt;
  child.stdin.end('{"ID":1,"Command":"close"}\n');
  await once(child, 'close');
  return took;
}

async function measureStarts(work: string): Promise<Record<string, unknown>> {
  const options = ['--dir', join(work, 'starts'), '--idle', '5'];
  const values = { direct: goCacheProg(false, options), resident: goCacheProg(true, options) };
  await timeStart(values.resident);
  const samples = { direct: [] as number[], resident: [] as number[] };
  for (let round = 0; round < starts; round++) {
    for (const name of ['direct', 'resident'] as const) samples[name].push(await timeStart(values[name]));
  }
  return {
    helperStartMs: {
      nodeInEachBuild: summarise(samples.direct),
      clientOfResident: summarise(samples.resident),
    },
  };
}

/** Processor time in milliseconds that the resident process of a folder has taken. */
function processorMs(dir: string): { user: number; kernel: number } {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      // The client has the same words, and its own name before them.
      if (words[0] !== process.execPath || !words.includes('--socket') || !words.includes(dir)) continue;
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      const [user = 0, kernel = 0] = fields.slice(11, 13).map((ticks) => Number(ticks) * 10);
      return { user, kernel };
    } catch {
      // It ended meanwhile.
    }
  }
  throw new Error(`no process has ${dir}`);
}

const kinds = ['plain', 'resident', 'localWarm', 'remoteOnly'] as const;

async function measureBuilds(work: string, url: string): Promise<Record<string, unknown>> {
  const stats = join(work, 'stats');
  const warm = join(work, 'warm');
  const value = (...more: readonly string[]): Env => ({
    GOCACHEPROG: goCacheProg(true, ['--remote', url, '--read-only', ...more]),
  });
  const resident = value('--dir', warm, '--idle', '60');
  build(work, resident);
  const samples = Object.fromEntries(kinds.map((kind) => [kind, [] as number[]])) as Record<
    (typeof kinds)[number],
    number[]
  >;
  const processor = { user: [] as number[], kernel: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const empty = join(work, `empty-${round}`);
    const environments: Record<(typeof kinds)[number], Env> = {
      plain: {},
      resident,
      // Another command line has another process, as on a machine that was just started.
      localWarm: value('--dir', warm, '--idle', '5', '--flush', `${20 + round}`),
      remoteOnly: value('--dir', empty, '--idle', '5', '--stats', stats),
    };
    for (const kind of kinds) {
      // What was written before is on disk.
      call('sync', []);
      samples[kind].push(build(work, environments[kind]));
    }
    const { user, kernel } = processorMs(empty);
    processor.user.push(user);
    processor.kernel.push(kernel);
  }
  const counts = readFileSync(stats, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number>);
  const asked = Math.min(...counts.map(({ gets = 0, puts = 0 }) => gets + puts));
  const calls = Math.max(...counts.map(({ networkCalls = 0 }) => networkCalls));
  const [plain, warmResident, localWarm, remoteOnly] = kinds.map((kind) => summarise(samples[kind]));
  const ratio = (a = plain, b = plain): number =>
    Math.round(((a?.median ?? 0) / (b?.median ?? 1)) * 100) / 100;
  return {
    plainLocalWarmMs: plain,
    cacheprogLocalWarmMs: localWarm,
    cacheprogLocalWarmProcessThereMs: warmResident,
    cacheprogRemoteOnlyMs: remoteOnly,
    remoteOnlyHelperProcessorMs: { user: summarise(processor.user), kernel: summarise(processor.kernel) },
    localWarmBesidePlain: ratio(localWarm, plain),
    remoteOnlyBesideLocalWarm: ratio(remoteOnly, localWarm),
    remoteOnlyBesideLocalWarmProcessThere: ratio(remoteOnly, warmResident),
    remoteOnlyBesidePlain: ratio(remoteOnly, plain),
    getsAndPuts: asked,
    networkCalls: calls,
    getsAndPutsPerCall: Math.round(asked / calls),
    receivedMegabytes: Math.round(Math.max(...counts.map(({ receivedBytes = 0 }) => receivedBytes)) / 1e6),
  };
}

async function run(): Promise<Record<string, unknown>> {
  mkdirSync(kept, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'gofleet-bench-cacheprog-'));
  fetchSource();
  const server = await serve();
  try {
    build(work);
    if (!existsSync(join(kept, 'filled'))) {
      build(work, {
        GOCACHEPROG: goCacheProg(true, ['--remote', server.url, '--dir', join(work, 'fill'), '--idle', '5']),
      });
      writeFileSync(join(kept, 'filled'), '');
    }
    return {
      operator: `${operator.module}@${operator.version}`,
      ...(await measureBuilds(work, server.url)),
      ...(await measureStarts(work)),
    };
  } finally {
    server.child.kill();
    rmSync(work, { recursive: true, force: true, maxRetries: 5 });
  }
}

export const bench: Bench = {
  question:
    'how long does a warm build of an operator take with the shared cache, and how long does its helper take to start?',
  run,
};
