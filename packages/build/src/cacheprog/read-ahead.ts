/** How many bundles are fetched ahead of the one in use, at first and at most. */
const [firstWindow, maxWindow] = [4, 32];

/**
 * Which of a build's bundles to fetch besides those that are asked for: the more of its objects a build uses, the more of those that
 * follow. A build that needs one object of another gets a few; one that repeats it has all as soon as sixty objects are used.
 */
export class ReadAhead {
  readonly #builds = new Map<string, { objects: number; readonly reach: Map<number, number> }>();

  /** The places to fetch when an object in the bundle at `sequence` of `build` is used, nearest first. */
  use(build: string, sequence: number): number[] {
    const known = this.#builds.get(build) ?? { objects: 0, reach: new Map<number, number>() };
    this.#builds.set(build, known);
    const window = Math.min(maxWindow, firstWindow + (known.objects++ >> 1));
    const told = known.reach.get(sequence) ?? 0;
    known.reach.set(sequence, window);
    return Array.from({ length: window - told }, (_, index) => sequence + 1 + told + index);
  }
}
