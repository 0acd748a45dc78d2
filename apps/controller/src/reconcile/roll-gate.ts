const longestWaitMs = 600_000;
/** A fight that goes on comes back sooner. */
const forgottenAfterMs = 2 * longestWaitMs;

interface Roll {
  readonly value: string | null;
  readonly count: number;
  readonly at: number;
}

/** Repairs of one value (`value+2`) count together. */
function baseOf(value: string | null): string | null {
  return value === null ? null : value.replace(/\+\d+$/, '');
}

/** Slows down roll-outs of one workload, so that a fight over its template does not restart its pods forever. */
export class RollGate {
  /** Those that rolled longest ago come first. */
  readonly #rolls = new Map<string, Roll>();

  /** ms to wait before this value may be written to this workload. `nowMs` is monotonic. */
  waitMs(path: string, value: string | null, nowMs: number): number {
    const known = this.#rolls.get(path);
    if (known?.value !== baseOf(value)) return 0;
    return Math.max(0, known.at + Math.min(longestWaitMs, 10_000 * 2 ** (known.count - 1)) - nowMs);
  }

  /** It was written, or refused. */
  rolled(path: string, value: string | null, nowMs: number): void {
    this.#forget(nowMs);
    const base = baseOf(value);
    const known = this.#rolls.get(path);
    this.#rolls.delete(path);
    this.#rolls.set(path, { value: base, count: known?.value === base ? known.count + 1 : 1, at: nowMs });
  }

  #forget(nowMs: number): void {
    for (const [path, { at }] of this.#rolls) {
      if (nowMs - at < forgottenAfterMs) return;
      this.#rolls.delete(path);
    }
  }
}
