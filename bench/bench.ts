import { quantile } from '@gofleet/base/units';

/** One figure of the product: the question it answers and how it is measured. */
export interface Bench {
  readonly question: string;
  /** Plain data; written to `bench/results/`. */
  run(): Promise<Record<string, unknown>>;
}

/** What is said of a series of durations, in milliseconds. */
export interface Summary {
  readonly n: number;
  readonly min: number;
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

/** Minimum, median, p99 and maximum, rounded to a hundredth. */
export function summarise(samples: readonly number[]): Summary {
  const at = (q: number): number => Math.round((quantile(samples, q) ?? Number.NaN) * 100) / 100;
  return { n: samples.length, min: at(0), median: at(0.5), p99: at(0.99), max: at(1) };
}
