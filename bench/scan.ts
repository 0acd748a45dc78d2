import { execFileSync, spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspectFileSync } from '@gofleet/filesystem/inspect-file';
import { type Bench, summarise } from './bench.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const files = 1000;
const rounds = 10;

/** A directory with one small real program under many names. */
function prepare(work: string): string {
  writeFileSync(join(work, 'go.mod'), 'module example.com/tiny\n\ngo 1.21\n');
  writeFileSync(join(work, 'main.go'), 'package main\n\nfunc main() { println("tiny") }\n');
  const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local' };
  execFileSync('go', ['build', '-trimpath', '-o', 'tiny', '.'], { cwd: work, env });
  const dir = join(work, 'many');
  mkdirSync(dir);
  for (let n = 0; n < files; n++) linkSync(join(work, 'tiny'), join(dir, `tiny-${n}`));
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

/** Alternates the library, the command, `go version -m` and the command on one file. */
function measure(dir: string): Record<string, unknown> {
  const gofleet = join(root, 'dist', 'gofleet.mjs');
  const first = join(dir, 'tiny-0');
  const samples = {
    library: [] as number[],
    command: [] as number[],
    go: [] as number[],
    one: [] as number[],
  };
  for (let round = 0; round < rounds; round++) {
    samples.library.push(
      timeOf(() => {
        for (let n = 0; n < files; n++) inspectFileSync(join(dir, `tiny-${n}`));
      }),
    );
    samples.command.push(timeOf(() => command(process.execPath, [gofleet, 'scan', dir, '--json'])));
    samples.go.push(timeOf(() => command('go', ['version', '-m', dir])));
    samples.one.push(timeOf(() => command(process.execPath, [gofleet, 'scan', first])));
  }
  const libraryMs = summarise(samples.library);
  return {
    files,
    bytesReadPerFile: inspectFileSync(first).bytesRead,
    libraryMs,
    libraryFilesPerSecond: Math.round((files * 1000) / libraryMs.median),
    commandMs: summarise(samples.command),
    goVersionMs: summarise(samples.go),
    commandOneFileMs: summarise(samples.one),
  };
}

async function run(): Promise<Record<string, unknown>> {
  const work = mkdtempSync(join(tmpdir(), 'gofleet-bench-'));
  try {
    return measure(prepare(work));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export const bench: Bench = { question: 'how fast are many Go programs read, beside go version -m?', run };
