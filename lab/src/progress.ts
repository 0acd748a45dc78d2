/** What is going on: a step, and how far it is. */
export type LabProgress = {
  /** E.g. `build kubernetes 1.36.3` or `start lab dev`. */
  step: string;
  done?: number;
  total?: number;
  /** Time left, estimated. */
  estimateMs?: number;
  message?: string;
};
