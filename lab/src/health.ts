import type { Supervised } from './supervised.ts';

/** How far a lab's start is, as its supervisor writes it. */
export interface Health {
  phase: 'starting' | 'ready' | 'failed';
  /** What was reached, in order, with milliseconds since the supervisor's start. */
  steps: { step: string; atMs: number }[];
  components: Supervised[];
  /** Why it failed. */
  reason?: string;
}
