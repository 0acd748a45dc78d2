import type { Progress } from '../progress.ts';

/** Adds up what several installs at once report, in bytes. */
export class InstallProgress {
  readonly #progress: Progress;
  readonly #parts = new Map<string, { done: number; total: number }>();
  #step = '';
  #startedAt = 0;

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  /** @param step - what is being done: `download`, `unpack` */
  report(
    step: string,
    name: string,
    { doneBytes, totalBytes = 0 }: { doneBytes: number; totalBytes?: number },
  ): void {
    if (step !== this.#step) {
      this.#step = step;
      this.#startedAt = performance.now();
      this.#parts.clear();
    }
    this.#parts.set(name, { done: doneBytes, total: totalBytes });
    const parts = [...this.#parts.values()];
    const done = parts.reduce((sum, part) => sum + part.done, 0);
    const total = parts.reduce((sum, part) => sum + part.total, 0);
    this.#progress.report({
      step: `${step} ${[...this.#parts.keys()].join(', ')}`,
      done,
      unit: 'bytes',
      ...(total > done ? { total, estimateMs: this.#left(done, total) } : {}),
    });
  }

  #left(done: number, total: number): number {
    return ((performance.now() - this.#startedAt) * (total - done)) / Math.max(1, done);
  }
}
