import type { Progress } from '../progress.ts';

interface Part {
  readonly phase: string;
  readonly startedAt: number;
  readonly done: number;
  readonly total: number;
}

/** How long a part goes on at the pace that it had so far. */
function leftMs({ startedAt, done, total }: Part, now: number): number {
  return ((now - startedAt) * Math.max(0, total - done)) / Math.max(1, done);
}

/** Adds up what several installs at once report, in bytes. */
export class InstallProgress {
  readonly #progress: Progress;
  readonly #verb: string;
  readonly #parts = new Map<string, Part>();

  /** @param verb - what is done to all of them: `install` */
  constructor(progress: Progress, verb: string) {
    this.#progress = progress;
    this.#verb = verb;
  }

  /** @param phase - what is being done to this one: `download`, `unpack` */
  report(
    phase: string,
    name: string,
    { doneBytes, totalBytes = 0 }: { doneBytes: number; totalBytes?: number },
  ): void {
    const now = performance.now();
    const before = this.#parts.get(name);
    const startedAt = before?.phase === phase ? before.startedAt : now;
    this.#parts.set(name, { phase, startedAt, done: doneBytes, total: totalBytes });
    const parts = [...this.#parts.values()];
    const total = parts.reduce((sum, part) => sum + part.total, 0);
    this.#progress.report({
      step: `${this.#verb} ${[...this.#parts.keys()].join(', ')}`,
      done: parts.reduce((sum, part) => sum + part.done, 0),
      unit: 'bytes',
      message: [...new Set(parts.map((part) => part.phase))].join(' and '),
      ...(total > 0 ? { total, estimateMs: Math.max(...parts.map((part) => leftMs(part, now))) } : {}),
    });
  }
}
