import { execFileSync, spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspectFileSync } from '@gofleet/filesystem/inspect-file';
import { type Bench, summarise } from './bench.ts';
import { ensureSyft, syftArguments } from './syft.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const gofleet = join(root, 'dist', 'gofleet.mjs');
const files = 5000;
const filesForSyft = 500;
const rounds = 15;
const roundsOfSyft = 5;

/** Small real programs: three platforms, one stripped, one with modules. */
function buildPrograms(work: string): string[] {
  writeFileSync(join(work, 'go.mod'), 'module example.com/tiny\n\ngo 1.21\n');
  writeFileSync(join(work, 'main.go'), 'package main\n\nfunc main() { println("tiny") }\n');
  const go = (argv: readonly string[], env: Readonly<Record<string, string>>): void => {
    const whole = { ...process.env, GOOS: 'linux', CGO_ENABLED: '0', GOFLAGS: '', GOBIN: work, ...env };
    execFileSync('go', argv, { cwd: work, env: whole, stdio: 'ignore' });
  };
  for (const arch of ['amd64', 'arm64', '386']) go(['build', '-o', arch, '.'], { GOARCH: arch });
  go(['build', '-trimpath', '-ldflags=-s -w', '-o', 'stripped', '.'], {});
  go(['install', 'golang.org/x/tools/cmd/stringer@v0.30.0'], {});
  return ['amd64', 'arm64', '386', 'stripped', 'stringer'].map((name) => join(work, name));
}

/** A directory with the programs under many names. */
function fill(dir: string, programs: readonly string[], count: number): string {
  mkdirSync(dir);
  for (let n = 0; n < count; n++) linkSync(programs[n % programs.length] ?? '', join(dir, `program-${n}`));
  return dir;
}

function timeOf(run: () => void): number {
  const startedAt = performance.now();
  run();
  return performance.now() - startedAt;
}

function command(program: string, argv: readonly string[]): void {
  const { status, stderr } = spawnSync(program, argv, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${program}: exit code ${status}: ${stderr}`);
}

type Contest = Readonly<Record<string, () => void>>;

/** Runs everything in turn, once without being counted and then so many times; milliseconds by name. */
function alternate<T extends Contest>(contest: T, count: number): Record<keyof T, number[]> {
  const samples: Record<string, number[]> = {};
  for (let round = 0; round <= count; round++) {
    for (const [name, run] of Object.entries(contest)) {
      const took = timeOf(run);
      const series = samples[name] ?? [];
      samples[name] = round === 0 ? series : [...series, took];
    }
  }
  return samples as Record<keyof T, number[]>;
}

const median = (samples: readonly number[]): number => summarise(samples).median;
const ratio = (ours: readonly number[], theirs: readonly number[]): number =>
  Math.round((median(theirs) / median(ours)) * 100) / 100;

function measureMany(dir: string): Record<string, unknown> {
  const paths = readdirSync(dir).map((name) => join(dir, name));
  const [first = ''] = paths;
  const samples = alternate(
    {
      library: () => {
        for (const path of paths) inspectFileSync(path);
      },
      table: () => command(process.execPath, [gofleet, 'scan', dir]),
      json: () => command(process.execPath, [gofleet, 'scan', dir, '--json']),
      go: () => command('go', ['version', '-m', dir]),
      one: () => command(process.execPath, [gofleet, 'scan', first]),
      node: () => command(process.execPath, ['-e', '0']),
    },
    rounds,
  );
  const read = paths.map((path) => inspectFileSync(path).bytesRead);
  return {
    files: paths.length,
    bytesReadPerFile: {
      most: Math.max(...read),
      mean: Math.round(read.reduce((sum, n) => sum + n, 0) / read.length),
    },
    libraryMs: summarise(samples.library),
    libraryFilesPerSecond: Math.round((paths.length * 1000) / median(samples.library)),
    scanMs: summarise(samples.table),
    scanJsonMs: summarise(samples.json),
    goVersionMs: summarise(samples.go),
    goVersionTimesScan: ratio(samples.table, samples.go),
    goVersionTimesScanJson: ratio(samples.json, samples.go),
    scanOneFileMs: summarise(samples.one),
    nodeAloneMs: summarise(samples.node),
  };
}

function measureSyft(dir: string): Record<string, unknown> {
  const syft = ensureSyft();
  const samples = alternate(
    {
      scan: () => command(process.execPath, [gofleet, 'scan', dir, '--json']),
      syft: () => command(syft, syftArguments(dir)),
    },
    roundsOfSyft,
  );
  return {
    files: filesForSyft,
    scanJsonMs: summarise(samples.scan),
    syftMs: summarise(samples.syft),
    syftTimesScan: ratio(samples.scan, samples.syft),
  };
}

async function run(): Promise<Record<string, unknown>> {
  ensureSyft();
  const work = mkdtempSync(join(tmpdir(), 'gofleet-bench-'));
  try {
    const programs = buildPrograms(work);
    const many = measureMany(fill(join(work, 'many'), programs, files));
    return { ...many, besideSyft: measureSyft(fill(join(work, 'some'), programs, filesForSyft)) };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export const bench: Bench = {
  question: 'how fast are many Go programs read, beside go version -m and syft with its Go cataloguer alone?',
  run,
};
