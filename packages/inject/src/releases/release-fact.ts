/** The Kubernetes minors that gofleet is for: 20 means 1.20. */
export const minors = { oldest: 20, newest: 37 } as const;

/**
 * How far something is in a release: `absent`, `alpha`, `off` (beta that somebody has to turn on), `on` (beta, by default), `stable`,
 * `gone`.
 */
export type Stage = 'absent' | 'alpha' | 'off' | 'on' | 'stable' | 'gone';

/** Something of Kubernetes that gofleet touches or meets, and since which minor it is in which stage. */
export interface ReleaseFact {
  /** A feature gate, or `group/version Kind`. */
  readonly id: string;
  readonly title: string;
  /** In the order of the minors; minors before the oldest that gofleet is for are allowed. */
  readonly stages: readonly (readonly [minor: number, stage: Stage])[];
  /** What gofleet does where it can be used. */
  readonly with: string;
  /** What gofleet does where it cannot. */
  readonly without: string;
  /** Where the stages are from. */
  readonly source: string;
}

/** The stage of a fact in a minor. */
export function stageOf({ stages }: ReleaseFact, minor: number): Stage {
  return stages.findLast(([from]) => from <= minor)?.[1] ?? 'absent';
}

/** Whether it can be used in a minor without anybody having turned it on. */
export function isUsable(fact: ReleaseFact, minor: number): boolean {
  const stage = stageOf(fact, minor);
  return stage === 'on' || stage === 'stable';
}
