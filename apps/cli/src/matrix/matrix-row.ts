/** One step of the way on one release. */
export interface MatrixStep {
  readonly name: 'start' | 'install' | 'look' | 'inject' | 'roll back' | 'uninstall' | 'take down';
  readonly tookMs: number;
  /** Why it did not pass. */
  readonly error?: string;
}

/** What came out of one release of Kubernetes. */
export interface MatrixRow {
  /** The minor, `1.36`. */
  readonly line: string;
  /** What the API server says it is; the minor where it never answered. */
  readonly kubernetes: string;
  readonly passed: boolean;
  readonly steps: readonly MatrixStep[];
}
