import type { Grade } from '@gofleet/identify/binary-facts';
import type { GoMetrics } from './go-metrics.ts';
import type { StartTimes } from './start-times.ts';

/** The operator at one moment of the demo. */
export interface OperatorSnapshot {
  readonly goVersion: string;
  readonly imageID: string;
  /** Where the version was read: the process, on which node. */
  readonly verifiedFrom: string;
  readonly pod: string;
  readonly command: readonly string[];
  readonly leaseHolder: string;
  /** From new work to the operator's answer. */
  readonly reconcileMs: number;
  readonly metrics: GoMetrics | undefined;
}

/** What the demo found; printed as it is with `--json`. */
export interface DemoResult {
  readonly cluster: string;
  readonly kubernetes: string;
  readonly operator: string;
  readonly before: OperatorSnapshot;
  readonly after: OperatorSnapshot;
  readonly restored: OperatorSnapshot;
  /** What the relink is worth: the proof against the original. */
  readonly reproduction: { readonly grade: Grade; readonly message: string };
  readonly rollout: { readonly toVerifiedMs: number; readonly toRestoredMs: number };
  /** Creation → first output of the program, milliseconds. */
  readonly startMs: Readonly<Record<string, StartTimes>>;
  readonly tookMs: number;
  readonly cleanedUp: boolean;
}
