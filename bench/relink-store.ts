import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { rabbitmqOperator as operator } from 'gofleet/demo/operator';
import { type Bench, summarise } from './bench.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const rounds = 20;

/** The operator that the demo built; `./gofleet demo` makes it. */
function findOperator(): string {
  const path = join(cacheRoot(), 'demo', `${operator.deployment}-${operator.version}-${operator.goVersion}`);
  if (!existsSync(path)) throw new Error(`${path} is not there: run ./gofleet demo first`);
  return path;
}

function relink(binary: string): { tookMs: number; grade: string } {
  const startedAt = performance.now();
  const argv = [join(root, 'dist', 'gofleet.mjs'), 'relink', binary, '--go', '1.26.8', '--json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', cwd: root });
  if (status !== 0) throw new Error(stderr);
  const { reproduction } = JSON.parse(stdout) as { reproduction: { grade: string } };
  return { tookMs: performance.now() - startedAt, grade: reproduction.grade };
}

/** The whole command, both files hashed, start of Node included. */
async function run(): Promise<Record<string, unknown>> {
  const binary = findOperator();
  const first = relink(binary);
  const samples = Array.from({ length: rounds }, () => relink(binary).tookMs);
  return {
    operator: `${operator.module}@${operator.version}`,
    grade: first.grade,
    answeredFromStoreMs: summarise(samples),
  };
}

export const bench: Bench = { question: 'how long does a relink take that was done before?', run };
