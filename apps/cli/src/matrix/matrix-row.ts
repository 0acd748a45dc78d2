/** The deliveries, in the order in which they are played; `csi` is what `auto` chooses. */
export const deliveries = ['csi', 'image', 'copy'] as const;

export type Delivery = (typeof deliveries)[number];

/** One step of the way on one release; those of a delivery end when the process was read, `sandbox` when what it built has run. */
export interface MatrixStep {
  readonly name:
    | 'start'
    | 'install'
    | 'look'
    | Delivery
    | 'roll back'
    | 'sandbox'
    | 'uninstall'
    | 'take down';
  readonly tookMs: number;
  /** What else there is to say of it: which kind of container a sandbox was. */
  readonly note?: string;
  /** Why it did not pass. */
  readonly error?: string;
}

/** What came out of one release of Kubernetes. */
export interface MatrixRow {
  /** The minor, `1.36`. */
  readonly line: string;
  /** When it was played, `2026-11-24`. */
  readonly day: string;
  /** What the API server says it is; the minor where it never answered. */
  readonly kubernetes: string;
  /** What its nodes were found to support; `undefined` where they were never asked. */
  readonly offers?: readonly Delivery[] | undefined;
  readonly passed: boolean;
  /** In the order in which they were played; there is a `roll back` after each delivery. */
  readonly steps: readonly MatrixStep[];
}
