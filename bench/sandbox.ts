import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Bench, summarise } from './bench.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const rounds = 30;

const files: Readonly<Record<string, string>> = {
  'go.mod': 'module example.test/m\n\ngo 1.21\n',
  'main.go':
    'package main\n\nimport (\n\t"fmt"\n\t"net/http"\n)\n\nfunc main() { fmt.Println(http.ListenAndServe(":0", nil)) }\n',
};

interface Stage {
  readonly base: string;
  readonly volume: string;
  readonly goRoot: string;
}

function makeStage(): Stage {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'gofleet-bench-sandbox-')));
  const volume = join(base, 'volume');
  mkdirSync(volume);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(volume, name), text);
  const { stdout } = spawnSync('go', ['env', 'GOROOT'], { encoding: 'utf8' });
  return { base, volume, goRoot: stdout.trim() };
}

async function startSandbox({ base, volume, goRoot }: Stage) {
  const socket = join(base, 'run/sandbox.sock');
  const argv = [
    'sandbox',
    '--volume',
    volume,
    '--listen',
    socket,
    '--dir',
    join(base, 'dir'),
    '--goroot',
    goRoot,
  ];
  const server = spawn(process.execPath, [join(root, 'dist/gofleet.mjs'), ...argv], { stdio: 'ignore' });
  for (let turn = 0; !existsSync(socket) && turn < 200; turn++) await sleep(50);
  return server;
}

interface Subject {
  readonly program: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** One run, in milliseconds. */
function time({ program, argv, env }: Subject, cwd: string): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(program, argv, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')}: ${stderr}`);
  return performance.now() - startedAt;
}

/** The same build directly and through the stand-in in turn, everything compiled: Go looks, links nothing or links anew. */
function compare(stage: Stage, argv: readonly string[]): Record<string, unknown> {
  const { base, volume, goRoot } = stage;
  const dir = join(base, 'dir');
  const env = {
    ...{ HOME: base, GOCACHE: join(dir, 'build'), GOMODCACHE: join(dir, 'mod'), GOROOT: goRoot },
    ...{
      GOENV: 'off',
      GOTOOLCHAIN: 'local',
      CGO_ENABLED: '0',
      GOFLAGS: '-buildvcs=false',
      PATH: `${goRoot}/bin`,
    },
  };
  const direct = { program: `${goRoot}/bin/go`, argv, env };
  const through = { program: join(base, 'run/go'), argv, env: {} };
  for (const subject of [through, direct, through, direct]) time(subject, volume);
  const [directMs, throughMs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    directMs.push(time(direct, volume));
    throughMs.push(time(through, volume));
  }
  const [a, b] = [summarise(directMs), summarise(throughMs)];
  const addedMs = summarise(throughMs.map((ms, round) => ms - (directMs[round] ?? Number.NaN)));
  return { directMs: a, throughMs: b, addedMs, ratio: Math.round((b.median / a.median) * 100) / 100 };
}

async function run(): Promise<Record<string, unknown>> {
  const stage = makeStage();
  const server = await startSandbox(stage);
  try {
    return {
      what: `go build of a web server, compiled already, ${rounds} rounds in turn`,
      loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
      checked: compare(stage, ['build', '-o', '/dev/null', '.']),
      written: compare(stage, ['build', '-o', 'program', '.']),
      default: compare(stage, ['build']),
      vet: compare(stage, ['vet', './...']),
    };
  } finally {
    server.kill('SIGTERM');
    await sleep(300);
    rmSync(stage.base, { recursive: true, force: true });
  }
}

export const bench: Bench = { question: 'what does the sandbox add to a warm go build?', run };
