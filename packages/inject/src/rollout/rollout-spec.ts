/** A number of things, or a share of them: `3`, `"25%"`. */
export type CountOrPercent = number | string;

/** How a wish reaches the workloads that it selects. */
export interface RolloutSpec {
  /** `Automatic` rolls the workloads when artefacts are ready; `OnRestart` waits for their own restarts. Default `Automatic`. */
  readonly strategy?: 'Automatic' | 'OnRestart';
  /** How many workloads have the new Go by the end of each wave, of all that are to get it; the rest follows. Default `[1, "10%", "50%"]`. */
  readonly waves?: readonly CountOrPercent[];
  /** How long each wave is watched, from when the last of its pods was verified, before it is judged. Default 0. */
  readonly pauseSeconds?: number;
  /** How long a wave may take until all of its pods are verified and ready. Default 600. */
  readonly progressDeadlineSeconds?: number;
  /** How many of the wish's pods may be unavailable when one more workload begins; no limit when absent. */
  readonly maxUnavailable?: CountOrPercent;
  /** Begins nothing and passes no wave. What has begun goes on. */
  readonly paused?: boolean;
  readonly gate?: GateSpec;
}

/** What a wave is judged by, against the same workloads before. */
export interface GateSpec {
  /** Restarts of a workload's pods in its wave that are no regression. Default 1. */
  readonly maxRestarts?: number;
  /** Samples below which a metric is not judged. Default 50. */
  readonly minSamples?: number;
  /** What happens when there are too few samples: `Proceed` says so and goes on, `Wait` watches on. Default `Proceed`. */
  readonly inconclusive?: 'Proceed' | 'Wait';
  readonly metrics?: MetricsGate;
  readonly logs?: LogGate;
}

/** Metrics in the Prometheus text format that the pods serve. */
export interface MetricsGate {
  readonly port: number;
  /** Default `/metrics`. */
  readonly path?: string;
  /** How much longer pauses of the garbage collector may be, in per cent. Default 100. */
  readonly maxGcPauseIncreasePercent?: number;
  readonly latency?: {
    /** Name of a histogram, without `_bucket`. */
    readonly histogram: string;
    /** How much longer its p99 may be, in per cent. Default 50. */
    readonly maxIncreasePercent?: number;
  };
}

/** Lines in the pods' logs. */
export interface LogGate {
  /** A line that contains one of these counts as an error. */
  readonly errorMarks: readonly string[];
  /** How many more there may be in the same time, in per cent. Default 100. */
  readonly maxIncreasePercent?: number;
}

/** The defaults of {@link RolloutSpec}. */
export const rolloutDefaults = {
  strategy: 'Automatic',
  waves: [1, '10%', '50%'],
  pauseSeconds: 0,
  progressDeadlineSeconds: 600,
} as const;

/** The defaults of {@link GateSpec}. */
export const gateDefaults = {
  maxRestarts: 1,
  minSamples: 50,
  inconclusive: 'Proceed',
  path: '/metrics',
  maxGcPauseIncreasePercent: 100,
  maxLatencyIncreasePercent: 50,
  maxErrorIncreasePercent: 100,
} as const;

/** A number of `total`; shares are rounded up. */
export function countOf(value: CountOrPercent, total: number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d{1,3})%$/.exec(value)?.[1];
  return percent === undefined ? total : Math.ceil((Number(percent) * total) / 100);
}
