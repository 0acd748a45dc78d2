const longestWaitMs = 600_000;
/** A fight that goes on comes back sooner. */
const forgottenAfterMs = 2 * longestWaitMs;

interface Roll {
  readonly value: string | null;
  readonly count: number;
  readonly at: number;
}

/** Slows down roll-outs of one workload, so that a fight over its template does not restart its pods forever. */
export class RollGate {
  /** Those that rolled longest ago come first. */
  readonly #rolls = new Map<string, Roll>();

  /** ms to wait before this value may be written to this workload; 0 takes the turn. `nowMs` is monotonic. */
  take(path: string, value: string | null, nowMs: number): number {
    this.#forget(nowMs);
    // Repairs of one value (`value+2`) count together.
    const base = value === null ? null : value.replace(/\+\d+$/, '');
    const known = this.#rolls.get(path);
    if (!known || known.value !== base) {
      this.#roll(path, { value: base, count: 1, at: nowMs });
      return 0;
    }
    const waitMs = known.at + Math.min(longestWaitMs, 10_000 * 2 ** (known.count - 1)) - nowMs;
    if (waitMs > 0) return waitMs;
    this.#roll(path, { value: base, count: known.count + 1, at: nowMs });
    return 0;
  }

  #roll(path: string, roll: Roll): void {
    this.#rolls.delete(path);
    this.#rolls.set(path, roll);
  }

  #forget(nowMs: number): void {
    for (const [path, { at }] of this.#rolls) {
      if (nowMs - at < forgottenAfterMs) return;
      this.#rolls.delete(path);
    }
  }
}
