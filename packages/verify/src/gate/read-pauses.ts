import type { PauseSample, TailSample } from '@gofleet/inject/rollout-status';
import type { MetricSample } from './parse-metrics.ts';
import { addHistograms, type Histogram, readHistogram, tailOf, totalOf } from './read-histogram.ts';

/** What client_golang's Go collector always serves: a summary of stop-the-world pauses, without a p99. */
const summary = 'go_gc_duration_seconds';
/**
 * The same pauses as histograms, where the collector serves `runtime/metrics` too; the first that is there counts. The third is what
 * client_golang called the second one before 1.13.
 * @see Go src/runtime/metrics/description.go, /sched/pauses/total/gc:seconds (go1.22), /gc/pauses:seconds (go1.17)
 */
const histograms = ['go_sched_pauses_total_gc_seconds', 'go_gc_pauses_seconds', 'go_gc_pauses_seconds_total'];

/** Beginnings of the names of what {@link readPauses} looks at. */
export const pauseFamilies: readonly string[] = [summary, ...histograms];

/** Pauses differ by less than this without anybody noticing. */
export const leastPauseSeconds = 0.001;

/** How many pauses there were and how long they took together, by the first family that says both. */
function sumOf(samples: readonly MetricSample[]): PauseSample | undefined {
  const numberOf = (name: string): number | undefined => samples.find((each) => each.name === name)?.value;
  return pauseFamilies
    .map((family) => ({ count: numberOf(`${family}_count`), seconds: numberOf(`${family}_sum`) }))
    .find((each): each is PauseSample => each.count !== undefined && each.seconds !== undefined);
}

function histogramOf(samples: readonly MetricSample[]): Histogram | undefined {
  return histograms.map((name) => readHistogram(samples, name)).find((each) => each !== undefined);
}

/** The pauses of a workload. */
export interface Pauses {
  readonly gcPauses?: PauseSample;
  /** Only where the pods serve a histogram. */
  readonly gcTail?: TailSample;
}

/**
 * The pauses of the garbage collector over the pods of a workload. The bound that 99 % should keep is the one given, else the first
 * of the buckets above this sample's own p99 with the increase, and never one that is only an unnoticeable difference away.
 */
export function readPauses(
  pods: readonly (readonly MetricSample[])[],
  { increasePercent, boundSeconds }: { increasePercent: number; boundSeconds: number | undefined },
): Pauses {
  const sums = pods.flatMap((samples) => sumOf(samples) ?? []);
  const histogram = addHistograms(pods.flatMap((samples) => histogramOf(samples) ?? []));
  const add = (total: PauseSample, each: PauseSample): PauseSample => ({
    count: total.count + each.count,
    seconds: total.seconds + each.seconds,
  });
  const limitOf = (p99: number): number =>
    Math.max(p99 * (1 + increasePercent / 100), p99 + leastPauseSeconds);
  return {
    ...(sums.length === 0 ? {} : { gcPauses: sums.reduce(add) }),
    ...(histogram && totalOf(histogram) > 0 ? { gcTail: tailOf(histogram, { limitOf, boundSeconds }) } : {}),
  };
}
