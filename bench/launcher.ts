import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bench, summarise } from './bench.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const rounds = 40;

function timeOf(program: string, args: readonly string[]): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: exit code ${status}: ${stderr}`);
  return performance.now() - startedAt;
}

/** Alternates the launcher with the bundle that it starts. */
async function run(): Promise<Record<string, unknown>> {
  const launcher = join(root, 'gofleet');
  const bundle = join(root, 'dist', 'gofleet.mjs');
  timeOf(launcher, ['--version']);
  const samples = { launcher: [] as number[], bundle: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    samples.launcher.push(timeOf(launcher, ['--version']));
    samples.bundle.push(timeOf(process.execPath, [bundle, '--version']));
  }
  const launcherMs = summarise(samples.launcher);
  const bundleMs = summarise(samples.bundle);
  return {
    launcherMs,
    bundleMs,
    addedMedianMs: Math.round((launcherMs.median - bundleMs.median) * 100) / 100,
  };
}

export const bench: Bench = { question: 'what does ./gofleet add to the command line itself?', run };
