import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { grantWish } from 'gofleet/demo/run-demo';
import { measureStartTimes, type StartTimes } from 'gofleet/demo/start-times';
import { planStartVariants, type StartVariants } from 'gofleet/demo/start-variants';
import { type Bench, summarise } from './bench.ts';
import { withOperatorStage } from './operator-stage.ts';

/** Rounds of {@link orders}: the pair is started twice a round, each init container once. */
const rounds = 32;
const results = join(dirname(fileURLToPath(import.meta.url)), 'results');

/** Four rounds after which each of the pair has followed the other and each init container equally often. */
const orders: readonly (readonly (keyof StartVariants)[])[] = [
  ['uninjected', 'injected', 'initContainerNothing', 'initContainerCopy', 'uninjected', 'injected'],
  ['injected', 'uninjected', 'initContainerNothing', 'initContainerCopy', 'injected', 'uninjected'],
  ['uninjected', 'injected', 'initContainerCopy', 'initContainerNothing', 'uninjected', 'injected'],
  ['injected', 'uninjected', 'initContainerCopy', 'initContainerNothing', 'injected', 'uninjected'],
];

/** Every sample, so that others can judge them. */
function writeRaw(times: Readonly<Record<string, StartTimes>>): void {
  const rows = Object.entries(times).flatMap(([name, { samples }]) =>
    samples.map((ms, index) => `${name},${index},${ms}`),
  );
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, 'start-overhead.csv'), `${['variant,sample,ms', ...rows].join('\n')}\n`);
}

const tenth = (ms: number): number => Math.round(ms * 10) / 10;

function compare(times: Readonly<Record<string, StartTimes>>): Record<string, unknown> {
  const startMs = Object.fromEntries(
    Object.entries(times).map(([name, { samples }]) => [name, summarise(samples)]),
  );
  const { uninjected: base, ...others } = startMs;
  if (!base) throw new Error('no pod was started as it is');
  const againstUninjected = Object.fromEntries(
    Object.entries(others).map(([name, { median, p99 }]) => [
      name,
      { medianMs: tenth(median - base.median), p99Ms: tenth(p99 - base.p99) },
    ]),
  );
  return { startMs, againstUninjected };
}

async function run(): Promise<Record<string, unknown>> {
  const times = await withOperatorStage(rounds, async (stage) => {
    await grantWish(stage);
    const { client, operator, images, progress, signal } = stage;
    const variants = planStartVariants(operator, images);
    return measureStartTimes({
      ...{ client, signal, namespace: operator.namespace },
      sequence: Array.from({ length: rounds }, (_, round) => orders[round % orders.length] ?? [])
        .flat()
        .map((name) => variants[name]),
      // What a copied tree left to be written would be paid for by the next start.
      settle: async () => void (await promisify(execFile)('sync')),
      onSample: (done, total) => progress.report({ step: 'starting pods in turn', done, total }),
    });
  });
  writeRaw(times);
  return compare(times);
}

export const bench: Bench = {
  question:
    'what does a pod pay, from its creation to the first output of its program: as it is, injected, behind init containers?',
  run,
};
