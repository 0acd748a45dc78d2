import type { SelectedContainer } from './selected-containers.ts';

/** A process that has not begun yet begins soon. */
const minDelayMs = 300;

/** As far as it matters here. */
type Container = Pick<SelectedContainer, 'containerId'>;

/** Containers whose processes were not found; some never are, such as those in a virtual machine of their own. */
export class MissingContainers {
  readonly #maxDelayMs: number;
  /** Milliseconds since 1970 of the first look that did not find them. */
  readonly #since = new Map<string, number>();

  constructor(maxDelayMs: number) {
    this.#maxDelayMs = maxDelayMs;
  }

  /** Milliseconds until those that a look did not find are to be looked for again: as long as the newest of them has been missing. */
  nextLook(wanted: readonly Container[], found: readonly Container[], now = Date.now()): number {
    for (const { containerId } of found) this.#since.delete(containerId);
    const ids = new Set(found.map(({ containerId }) => containerId));
    let delayMs = this.#maxDelayMs;
    for (const { containerId: id } of wanted.filter((each) => !ids.has(each.containerId))) {
      const since = this.#since.get(id) ?? now;
      this.#since.set(id, since);
      delayMs = Math.min(delayMs, Math.max(minDelayMs, now - since));
    }
    return delayMs;
  }

  /** Drops containers that are gone. */
  retain(alive: ReadonlySet<string>): void {
    for (const id of this.#since.keys()) if (!alive.has(id)) this.#since.delete(id);
  }
}
