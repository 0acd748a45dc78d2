import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { grantWish } from 'gofleet/demo/run-demo';
import { measureStartTimes, type StartTimes } from 'gofleet/demo/start-times';
import { planStartVariants, type VariantName } from 'gofleet/demo/start-variants';
import { summarise } from './bench.ts';
import { withOperatorStage } from './operator-stage.ts';

const rounds = 30;
const results = join(dirname(fileURLToPath(import.meta.url)), 'results');

/** Every sample, so that others can judge them. */
function writeRaw(name: string, times: Readonly<Record<string, StartTimes>>): void {
  const names = Object.keys(times);
  const row = (round: number): string =>
    [round, ...names.map((each) => times[each]?.samples[round])].join(',');
  const lines = [['round', ...names].join(','), ...Array.from({ length: rounds }, (_, round) => row(round))];
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `${name}.csv`), `${lines.join('\n')}\n`);
}

/** Starts pods of each variant in turn, 30 of each, and holds them against the uninjected ones; every sample goes to `results/<name>.csv`. */
export async function compareStarts(
  name: string,
  variants: readonly VariantName[],
): Promise<Record<string, unknown>> {
  const times = await withOperatorStage(rounds, async (stage) => {
    await grantWish(stage);
    const { client, operator, images, progress, signal } = stage;
    return measureStartTimes({
      ...{ client, signal, n: rounds, namespace: operator.namespace },
      variants: planStartVariants(operator, images, variants),
      onSample: (done, total) => progress.report({ step: 'starting pods in turn', done, total }),
    });
  });
  writeRaw(name, times);
  const startMs = Object.fromEntries(
    Object.entries(times).map(([each, { samples }]) => [each, summarise(samples)]),
  );
  const base = startMs.uninjected;
  const tenth = (ms: number): number => Math.round(ms * 10) / 10;
  const againstUninjected = Object.fromEntries(
    Object.entries(startMs).flatMap(([each, { median, p99 }]) =>
      base === undefined || each === 'uninjected'
        ? []
        : [[each, { medianMs: tenth(median - base.median), p99Ms: tenth(p99 - base.p99) }]],
    ),
  );
  return { startMs, againstUninjected };
}
