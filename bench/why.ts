import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bench, summarise } from './bench.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = 2000;
const rounds = 20;

/** A module as they are: thirty requirements, some source files beside. */
function writeModule(folder: string, index: number): void {
  mkdirSync(join(folder, 'internal'), { recursive: true });
  const requirements = Array.from(
    { length: 30 },
    (_, n) => `\texample.com/library-${n}/v2 v2.${n}.${index % 50} // indirect\n`,
  );
  const text = `module example.com/services/service-${index}\n\ngo 1.25.0\n\nrequire (\n${requirements.join('')})\n`;
  writeFileSync(join(folder, 'go.mod'), text);
  for (const name of ['main.go', 'main_test.go', 'internal/store.go'])
    writeFileSync(join(folder, name), 'package main\n');
}

/** A work tree of modules in a workspace, with a Dockerfile in every tenth and a workflow at the top. */
function prepare(work: string): void {
  const folders = Array.from({ length: modules }, (_, n) => `team-${n % 40}/service-${n}`);
  for (const [index, folder] of folders.entries()) writeModule(join(work, folder), index);
  const uses = folders.map((folder) => `\t./${folder}\n`).join('');
  writeFileSync(join(work, 'go.work'), `go 1.25.0\n\ntoolchain go1.26.8\n\nuse (\n${uses})\n`);
  for (const [index, folder] of folders.entries()) {
    if (index % 10 === 0)
      writeFileSync(join(work, folder, 'Dockerfile'), 'FROM golang:1.26 AS build\nFROM scratch\n');
  }
  mkdirSync(join(work, '.github', 'workflows'), { recursive: true });
  const step = 'uses: actions/setup-go@v6, with: { go-version: "1.26" }';
  writeFileSync(join(work, '.github/workflows/ci.yml'), `jobs: { test: { steps: [ { ${step} } ] } }\n`);
}

function timeOf(program: string, argv: readonly string[], cwd: string): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(program, argv, { cwd, maxBuffer: 1 << 28, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')}: exit code ${status}: ${stderr}`);
  return performance.now() - startedAt;
}

/** Alternates the tree, one module of it, the command alone and `go env GOVERSION` in that module. */
function measure(work: string): Record<string, unknown> {
  const gofleet = join(root, 'dist', 'gofleet.mjs');
  const one = join(work, 'team-0', 'service-0');
  const samples = { tree: [] as number[], one: [] as number[], start: [] as number[], go: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    const times = {
      tree: timeOf(process.execPath, [gofleet, 'why', '--all'], work),
      one: timeOf(process.execPath, [gofleet, 'why'], one),
      start: timeOf(process.execPath, [gofleet, '--version'], work),
      go: timeOf('go', ['env', 'GOVERSION'], one),
    };
    // The first round warms the caches of the file system.
    if (round > 0)
      for (const name of ['tree', 'one', 'start', 'go'] as const) samples[name].push(times[name]);
  }
  return {
    modules,
    treeMs: summarise(samples.tree),
    oneModuleMs: summarise(samples.one),
    commandAloneMs: summarise(samples.start),
    goEnvMs: summarise(samples.go),
  };
}

async function run(): Promise<Record<string, unknown>> {
  const work = mkdtempSync(join(tmpdir(), 'gofleet-bench-'));
  try {
    prepare(work);
    execFileSync('sync');
    return measure(work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export const bench: Bench = {
  question: 'how long does gofleet why take, for one module and for 2,000?',
  run,
};
