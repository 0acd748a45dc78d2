import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { rabbitmqOperator as operator } from 'gofleet/demo/operator';
import { type Bench, summarise } from './bench.ts';
import { findOperator, root } from './operator-binary.ts';

const rounds = 20;

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
