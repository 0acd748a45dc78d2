import type { Facts } from './errors.ts';

/** An expected disagreement, returned rather than thrown. */
export interface Finding {
  /** `chapter.what`, part of the API. */
  readonly code: string;
  readonly severity: 'info' | 'warning' | 'error';
  /** Lower case, without a full stop. */
  readonly message: string;
  readonly facts?: Facts;
  /** One line: what to do next. */
  readonly hint?: string;
}
