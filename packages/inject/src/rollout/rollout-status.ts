import type { Revision } from './revision.ts';

/** What was measured of a workload's pods at one moment. Counters are since the processes began. */
export interface WorkloadSample {
  /** RFC 3339. */
  readonly at: string;
  readonly pods: number;
  readonly ready: number;
  readonly restarts: number;
  /** Ages of the pods, added up. */
  readonly podSeconds: number;
  readonly gcPauses?: PauseSample;
  /** Of the same pauses, where the pods serve a histogram of them. */
  readonly gcTail?: TailSample;
  readonly latency?: TailSample;
  readonly errors?: { readonly lines: number; readonly podSeconds: number };
}

/** Pauses of the garbage collector: how many, and their sum. */
export interface PauseSample {
  readonly count: number;
  readonly seconds: number;
}

/** The tail of a histogram: how many observations, and how many of them were above a bound. */
export interface TailSample {
  readonly count: number;
  /** Of these observations. */
  readonly p99Seconds?: number;
  /** The bound that not more than 1 % should exceed. */
  readonly boundSeconds?: number;
  readonly above?: number;
}

/** Pods below the partition of their StatefulSet. */
export interface LeftPods {
  readonly pods: number;
  /** Of the StatefulSet's template, which they come from also when they restart. */
  readonly revision: string;
}

/** A workload that may have the new revision. */
export interface RolledWorkload {
  /** `Deployment/cart`. */
  readonly workload: string;
  readonly wave: number;
  /** Those of its pods that its own partition leaves as they are: the roll-out is complete when there are none. */
  readonly left?: LeftPods;
  /** RFC 3339: when it was held back last, by a budget or its own strategy; written when it is long for a deadline. */
  readonly heldAt?: string;
  /** Measured before it was begun. */
  readonly before?: WorkloadSample;
  /** Measured when its wave began to be watched. */
  readonly start?: WorkloadSample;
}

/** How far a roll-out is. Written by the controller, which keeps nothing of it in memory. */
export interface RolloutStatus {
  readonly phase: 'Progressing' | 'Completed' | 'Regressed' | 'Undone';
  /** What the workloads had before; absent: what their images hold. */
  readonly from?: Revision;
  readonly to: Revision;
  /** Value of the annotation `gofleet.dev/retry` that this attempt answers. */
  readonly retry?: string;
  /** The wish's generation that this attempt was judged at. */
  readonly judgedGeneration?: number;
  /** From 1; 0 until the first wave has begun. */
  readonly wave: number;
  readonly waves: number;
  /** RFC 3339: the last beginning of a workload in this wave. */
  readonly waveStartedAt?: string;
  /** RFC 3339: since when every pod of the wave is verified and ready. */
  readonly watchedSince?: string;
  /** RFC 3339: since when all has passed but what partitions leave as it is. */
  readonly passedAt?: string;
  /** Those that have begun, until the roll-out is complete. */
  readonly workloads?: readonly RolledWorkload[];
  /** What spoke against it, in numbers. */
  readonly evidence?: readonly string[];
  /** What it waits for, or could not judge. */
  readonly notes?: readonly string[];
}

/** A roll-out in words short enough for a column. */
export interface RolloutSummary {
  /** `Verified`, `Wave`, `Watching`, `Paused`, `Regressed` … */
  readonly state: string;
  /** `2/4`. */
  readonly wave?: string;
  /** `3/10` pods. */
  readonly verified: string;
  /** `go1.23.4 → go1.26.8`. */
  readonly go?: string;
}
