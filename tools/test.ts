/** Runs all tests in three lanes side by side: faults, the demo and what plays a whole fleet wait much, the rest computes. `npm test -- FILTER` passes the filter to all. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const lanes = [['fleet'], ['faults'], ['e2e', 'unit']];
const unwell = /^(failed|skipped): .*$/gm;
const summary = /^(\d+) passed, (\d+) failed, (\d+) skipped$/gm;

interface LaneEnd {
  readonly code: number;
  readonly output: string;
}

function start(projects: readonly string[]): ChildProcess {
  const chosen = projects.flatMap((project) => ['--project', project]);
  const filter = process.argv.slice(2);
  // A filter may leave a lane without a test.
  const patient = filter.length === 0 ? [] : ['--passWithNoTests'];
  const argv = [vitest, 'run', ...patient, ...chosen, ...filter];
  return spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** @param isShown - as it comes, not only in the end */
function endOf(child: ChildProcess, isShown: boolean): Promise<LaneEnd> {
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (isShown) process.stdout.write(chunk);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}

/** Passed, failed and skipped of all; a lane that died before it could count has failed. */
function add(ends: readonly LaneEnd[]): number[] {
  const counts = ends.map(
    ({ output }) => [...output.matchAll(summary)].at(-1)?.slice(1).map(Number) ?? [0, 1, 0],
  );
  return [0, 1, 2].map((index) => counts.reduce((total, count) => total + (count[index] ?? 0), 0));
}

const children = lanes.map(start);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    for (const child of children) child.kill(signal);
  });
}
const ends = await Promise.all(children.map((child, lane) => endOf(child, lane === 0)));
for (const { output } of ends.slice(1)) process.stdout.write(output);
const named = ends.flatMap(({ output }) => output.match(unwell) ?? []);
process.stdout.write(`\n${named.map((line) => `${line}\n`).join('')}`);
const [passed, failed, skipped] = add(ends);
process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = Math.max(...ends.map(({ code }) => code));
