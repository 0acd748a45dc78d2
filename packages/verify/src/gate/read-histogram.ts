import type { TailSample } from '@gofleet/inject/rollout-status';
import type { MetricSample } from './parse-metrics.ts';

/** A cumulative histogram over all series of a name. */
export interface Histogram {
  /** Rising upper bounds in the metric's unit, with how many observations were at or below; the last is infinite. */
  readonly buckets: readonly { readonly bound: number; readonly count: number }[];
}

/** The series of a histogram added up, whatever their labels; `undefined` when there are none. */
export function readHistogram(samples: readonly MetricSample[], name: string): Histogram | undefined {
  const byBound = new Map<number, number>();
  for (const { labels, value } of samples.filter((sample) => sample.name === `${name}_bucket`)) {
    const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le ?? Number.NaN);
    if (!Number.isNaN(bound)) byBound.set(bound, (byBound.get(bound) ?? 0) + value);
  }
  if (byBound.size === 0) return undefined;
  const buckets = [...byBound].map(([bound, count]) => ({ bound, count })).sort((a, b) => a.bound - b.bound);
  return { buckets };
}

/** How many observations there are. */
export function totalOf({ buckets }: Histogram): number {
  return buckets.at(-1)?.count ?? 0;
}

/** Several histograms of one program as one; bounds that not all of them have are left out. */
export function addHistograms(histograms: readonly Histogram[]): Histogram | undefined {
  const [first, ...others] = histograms;
  if (!first) return undefined;
  const countAt = ({ buckets }: Histogram, bound: number): number | undefined =>
    buckets.find((bucket) => bucket.bound === bound)?.count;
  const buckets = first.buckets.flatMap(({ bound, count }) => {
    const more = others.map((each) => countAt(each, bound));
    return more.includes(undefined)
      ? []
      : [{ bound, count: more.reduce<number>((sum, each) => sum + (each ?? 0), count) }];
  });
  return { buckets };
}

/** The bound below which a share of the observations lies, interpolated as Prometheus does; `undefined` without observations. */
export function quantileOf(histogram: Histogram, share: number): number | undefined {
  const total = totalOf(histogram);
  if (total === 0) return undefined;
  const rank = share * total;
  const at = histogram.buckets.findIndex(({ count }) => count >= rank);
  const bucket = histogram.buckets[at];
  const before = histogram.buckets[at - 1] ?? { bound: 0, count: 0 };
  if (!bucket || bucket.bound === Number.POSITIVE_INFINITY) return before.bound;
  const width = bucket.count - before.count;
  const part = width === 0 ? 1 : (rank - before.count) / width;
  return before.bound + (bucket.bound - before.bound) * part;
}

/** The least bucket bound at or above a value. */
function boundAbove({ buckets }: Histogram, value: number): number {
  return buckets.find(({ bound }) => bound >= value)?.bound ?? Number.POSITIVE_INFINITY;
}

/** How many observations lie above a bound; between two bounds those of the next one are taken. */
export function countAbove(histogram: Histogram, bound: number): number {
  const at = histogram.buckets.find((bucket) => bucket.bound >= bound);
  return totalOf(histogram) - (at?.count ?? totalOf(histogram));
}

/** What a sample keeps of a histogram: the bound that 99 % should keep is the one given, else the first at or above the limit of its p99. */
export function tailOf(
  histogram: Histogram,
  { limitOf, boundSeconds }: { limitOf: (p99Seconds: number) => number; boundSeconds: number | undefined },
): TailSample {
  const count = totalOf(histogram);
  const p99Seconds = quantileOf(histogram, 0.99);
  if (p99Seconds === undefined) return { count };
  const bound = boundSeconds ?? boundAbove(histogram, limitOf(p99Seconds));
  // JSON has no infinity: without a bound above, nothing can be told from this histogram.
  if (!Number.isFinite(bound)) return { count, p99Seconds };
  return { count, p99Seconds, boundSeconds: bound, above: countAbove(histogram, bound) };
}
