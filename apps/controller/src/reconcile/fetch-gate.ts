/** A node that cannot fetch must not hold a fleet up: what it lacks it fetches when a pod starts there. */
const longestWaitMs = 60_000;
const lookAgainMs = 2000;

/** Holds a roll-out back until the nodes have fetched what it mounts, but not for ever. */
export class FetchGate {
  readonly #since = new Map<string, { readonly value: string; readonly atMs: number }>();

  /** ms to wait before this value is rolled out; 0 lets it pass. `nowMs` is monotonic. */
  waitMs(path: string, value: string, at: { readonly isFetched: boolean; readonly nowMs: number }): number {
    const known = this.#since.get(path);
    const since = known?.value === value ? known : { value, atMs: at.nowMs };
    this.#since.set(path, since);
    return at.isFetched || at.nowMs - since.atMs >= longestWaitMs ? 0 : lookAgainMs;
  }
}
