import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { grantWish } from 'gofleet/demo/run-demo';
import { measureStartTimes, type StartTimes } from 'gofleet/demo/start-times';
import { planStartVariants } from 'gofleet/demo/start-variants';
import { type Bench, summarise } from './bench.ts';
import { withOperatorStage } from './operator-stage.ts';

const rounds = 30;
const raw = join(dirname(fileURLToPath(import.meta.url)), 'results', 'start-overhead.csv');

/** Every sample, so that others can judge them. */
function writeRaw(times: Readonly<Record<string, StartTimes>>): void {
  const names = Object.keys(times);
  const row = (round: number): string =>
    [round, ...names.map((name) => times[name]?.samples[round])].join(',');
  const lines = [['round', ...names].join(','), ...Array.from({ length: rounds }, (_, round) => row(round))];
  mkdirSync(dirname(raw), { recursive: true });
  writeFileSync(raw, `${lines.join('\n')}\n`);
}

async function run(): Promise<Record<string, unknown>> {
  const times = await withOperatorStage(rounds, async (stage) => {
    await grantWish(stage);
    const { client, operator, images, progress, signal } = stage;
    return measureStartTimes({
      ...{ client, signal, n: rounds, namespace: operator.namespace },
      variants: planStartVariants(operator, images, [
        ...(['uninjected', 'injected', 'initContainerNothing', 'initContainerCopy'] as const),
      ]),
      onSample: (done, total) => progress.report({ step: 'starting pods in turn', done, total }),
    });
  });
  writeRaw(times);
  const startMs = Object.fromEntries(
    Object.entries(times).map(([name, { samples }]) => [name, summarise(samples)]),
  );
  const base = startMs.uninjected;
  const against = Object.fromEntries(
    Object.entries(startMs).flatMap(([name, { median, p99 }]) =>
      base === undefined || name === 'uninjected'
        ? []
        : [
            [
              name,
              {
                medianMs: Math.round((median - base.median) * 10) / 10,
                p99Ms: Math.round((p99 - base.p99) * 10) / 10,
              },
            ],
          ],
    ),
  );
  return { startMs, againstUninjected: against };
}

export const bench: Bench = {
  question: 'what does an injection cost a pod, from its creation to the first output of its program?',
  run,
};
