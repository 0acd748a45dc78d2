/** What one build may use. */
export interface BuildLimits {
  /** Resident memory of all its processes together where control groups can be made, else data of each. */
  readonly memoryBytes: number;
  /** Processors' worth of time; absent for all there are. */
  readonly cpus?: number;
  /** What it may have written in its own directory. */
  readonly diskBytes: number;
  /** How long one run of the `go` command may take. */
  readonly timeMs: number;
}

/** Enough for the largest programs known, and less than takes a node down. */
export const usualLimits: BuildLimits = {
  memoryBytes: 8 * 2 ** 30,
  diskBytes: 16 * 2 ** 30,
  timeMs: 30 * 60_000,
};
