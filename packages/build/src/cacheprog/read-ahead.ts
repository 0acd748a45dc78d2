/** The most bundles that are fetched ahead of the one in use. */
const maxWindow = 32;

/**
 * Which of a build's bundles to fetch besides those that are asked for: the more of them a build uses, the more of those that follow.
 * A build that needs one object of another gets a bundle or two; one that repeats it soon has all.
 */
export class ReadAhead {
  readonly #used = new Map<string, Set<number>>();

  /** The places to fetch after the bundle at `sequence` of `build` is used, nearest first; none when it was used before. */
  use(build: string, sequence: number): number[] {
    const used = this.#used.get(build) ?? new Set();
    this.#used.set(build, used);
    if (used.has(sequence)) return [];
    used.add(sequence);
    const window = Math.min(maxWindow, 4 ** used.size);
    return Array.from({ length: window }, (_, index) => sequence + 1 + index);
  }
}
