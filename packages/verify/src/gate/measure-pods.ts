import { type GateSpec, gateDefaults } from '@gofleet/inject/rollout-spec';
import type { TailSample, WorkloadSample } from '@gofleet/inject/rollout-status';
import { type MetricSample, parseMetrics } from './parse-metrics.ts';
import { addHistograms, readHistogram, tailOf } from './read-histogram.ts';
import { type Pauses, pauseFamilies, readPauses } from './read-pauses.ts';

/** What the pods' metrics say. */
export interface Measured extends Pauses {
  readonly latency?: TailSample;
}

type Gate = NonNullable<GateSpec['metrics']>;

function latencyOf(
  pods: readonly (readonly MetricSample[])[],
  { histogram: name, maxIncreasePercent }: NonNullable<Gate['latency']>,
  boundSeconds: number | undefined,
): TailSample | undefined {
  const histogram = addHistograms(pods.flatMap((samples) => readHistogram(samples, name) ?? []));
  const increase = maxIncreasePercent ?? gateDefaults.maxLatencyIncreasePercent;
  const limitOf = (p99: number): number => p99 * (1 + increase / 100);
  return histogram && tailOf(histogram, { limitOf, boundSeconds });
}

/**
 * The pauses and the tail of the latencies of a workload, from what each of its pods served. `before` is the sample to compare with,
 * whose bounds count; without it, a bound is the first bucket above the allowed increase of this sample's own p99.
 */
export function measurePods(
  texts: readonly string[],
  { metrics }: GateSpec,
  before?: Pick<WorkloadSample, 'latency' | 'gcTail'>,
): Measured {
  if (!metrics) return {};
  const { latency } = metrics;
  const prefixes = [...pauseFamilies, ...(latency ? [`${latency.histogram}_bucket`] : [])];
  const pods = texts.map((text) => parseMetrics(text, prefixes));
  const tail = latency && latencyOf(pods, latency, before?.latency?.boundSeconds);
  const increasePercent = metrics.maxGcPauseIncreasePercent ?? gateDefaults.maxGcPauseIncreasePercent;
  return {
    ...readPauses(pods, { increasePercent, boundSeconds: before?.gcTail?.boundSeconds }),
    ...(tail ? { latency: tail } : {}),
  };
}
