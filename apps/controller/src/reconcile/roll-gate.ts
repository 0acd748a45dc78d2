/** Slows down roll-outs of one workload, so that a fight over its template does not restart its pods forever. */
export class RollGate {
  readonly #rolls = new Map<string, { value: string | null; count: number; at: number }>();

  /** ms to wait before this value may be written to this workload; 0 takes the turn. `nowMs` is monotonic. */
  take(path: string, value: string | null, nowMs: number): number {
    // Repairs of one value (`value+2`) count together.
    const base = value === null ? null : value.replace(/\+\d+$/, '');
    const known = this.#rolls.get(path);
    if (!known || known.value !== base) {
      this.#rolls.set(path, { value: base, count: 1, at: nowMs });
      return 0;
    }
    const waitMs = known.at + Math.min(600_000, 10_000 * 2 ** (known.count - 1)) - nowMs;
    if (waitMs > 0) return waitMs;
    this.#rolls.set(path, { value: base, count: known.count + 1, at: nowMs });
    return 0;
  }
}
