import { type GateSpec, gateDefaults } from '@gofleet/inject/rollout-spec';
import type { PauseSample, TailSample } from '@gofleet/inject/rollout-status';
import { type MetricSample, parseMetrics } from './parse-metrics.ts';
import {
  addHistograms,
  boundAbove,
  countAbove,
  type Histogram,
  quantileOf,
  readHistogram,
  totalOf,
} from './read-histogram.ts';

/** What client_golang's Go collector serves: a summary of stop-the-world pauses. */
const pauses = 'go_gc_duration_seconds';

function metricValue(samples: readonly MetricSample[], name: string): number | undefined {
  return samples.find((sample) => sample.name === name)?.value;
}

function pausesOf(pods: readonly (readonly MetricSample[])[]): PauseSample | undefined {
  const found = pods.flatMap((samples) => {
    const count = metricValue(samples, `${pauses}_count`);
    const seconds = metricValue(samples, `${pauses}_sum`);
    return count === undefined || seconds === undefined ? [] : [{ count, seconds }];
  });
  if (found.length === 0) return undefined;
  return {
    count: found.reduce((sum, each) => sum + each.count, 0),
    seconds: found.reduce((sum, each) => sum + each.seconds, 0),
  };
}

function tailOf(histogram: Histogram, bound: number | undefined, increasePercent: number): TailSample {
  const count = totalOf(histogram);
  const p99Seconds = quantileOf(histogram, 0.99);
  if (p99Seconds === undefined) return { count };
  const boundSeconds = bound ?? boundAbove(histogram, p99Seconds * (1 + increasePercent / 100));
  // JSON has no infinity: without a bound above, nothing can be told from this histogram.
  if (!Number.isFinite(boundSeconds)) return { count, p99Seconds };
  return { count, p99Seconds, boundSeconds, above: countAbove(histogram, boundSeconds) };
}

/** What the pods' metrics say. */
export interface Measured {
  readonly gcPauses?: PauseSample;
  readonly latency?: TailSample;
}

/**
 * The pauses and the tail of the latencies of a workload, from what each of its pods served. `boundSeconds` is that of the sample to
 * compare with; without it, the bound is the first bucket above the allowed increase of this sample's own p99.
 */
export function measurePods(
  texts: readonly string[],
  { metrics }: GateSpec,
  boundSeconds?: number,
): Measured {
  const { latency } = metrics ?? {};
  const prefixes = [pauses, ...(latency ? [`${latency.histogram}_bucket`] : [])];
  const pods = texts.map((text) => parseMetrics(text, prefixes));
  const gcPauses = pausesOf(pods);
  const histograms = latency ? pods.map((samples) => readHistogram(samples, latency.histogram)) : [];
  const histogram = addHistograms(histograms.filter((each) => each !== undefined));
  const increase = latency?.maxIncreasePercent ?? gateDefaults.maxLatencyIncreasePercent;
  return {
    ...(gcPauses ? { gcPauses } : {}),
    ...(histogram ? { latency: tailOf(histogram, boundSeconds, increase) } : {}),
  };
}
