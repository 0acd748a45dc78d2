/** 32 bits of a text, by the FNV-1a function with a start of one's own. */
function hash32(text: string, start: number): number {
  let hash = start;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** 53 bits of a path: what a number holds. */
const hashOf = (path: string): number =>
  (hash32(path, 0x811c9dc5) & 0x1fffff) * 2 ** 32 + hash32(path, 0x9747b28c);

/**
 * The paths of a layer, of which there may be a million: 8 bytes are kept of each. That two are taken for one happens once in 10¹⁵
 * pairs.
 */
export class PathSet {
  #hashes: Float64Array;
  #size: number;
  #isSorted = false;

  /** @param hashes - what {@link hashes} gave */
  constructor(hashes: ArrayLike<number> = []) {
    this.#hashes = Float64Array.from(hashes);
    this.#size = hashes.length;
  }

  get size(): number {
    return this.#size;
  }

  /** What is kept of the paths. */
  get hashes(): number[] {
    return [...this.#hashes.subarray(0, this.#size)];
  }

  add(path: string): this {
    if (this.#size === this.#hashes.length) {
      const larger = new Float64Array(Math.max(64, 2 * this.#size));
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#hashes[this.#size++] = hashOf(path);
    this.#isSorted = false;
    return this;
  }

  has(path: string): boolean {
    const all = this.#hashes.subarray(0, this.#size);
    if (!this.#isSorted) all.sort();
    this.#isSorted = true;
    const wanted = hashOf(path);
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((all[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return all[low] === wanted;
  }
}
