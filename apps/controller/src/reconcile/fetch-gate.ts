/** A node that cannot fetch must not hold a fleet up: what it lacks it fetches when a pod starts there. */
const longestWaitMs = 60_000;
const lookAgainMs = 2000;
/** What passed by then has been rolled out; else it waits once more. */
const forgottenAfterMs = 3_600_000;

/** Holds a roll-out back until the nodes have fetched what it mounts, but not for ever. */
export class FetchGate {
  /** Those that began to wait first come first. */
  readonly #since = new Map<string, { readonly value: string; readonly atMs: number }>();

  /** ms to wait before this value is rolled out; 0 lets it pass. `nowMs` is monotonic. */
  waitMs(path: string, value: string, at: { readonly isFetched: boolean; readonly nowMs: number }): number {
    this.#forget(at.nowMs);
    const known = this.#since.get(path);
    const since = known?.value === value ? known : { value, atMs: at.nowMs };
    if (since !== known) this.#since.delete(path);
    this.#since.set(path, since);
    return at.isFetched || at.nowMs - since.atMs >= longestWaitMs ? 0 : lookAgainMs;
  }

  #forget(nowMs: number): void {
    for (const [path, { atMs }] of this.#since) {
      if (nowMs - atMs < forgottenAfterMs) return;
      this.#since.delete(path);
    }
  }
}
