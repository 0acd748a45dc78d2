import type { BigIntStats } from 'node:fs';

/** What changes when a file's content does: `dev:ino:size:mtime:ctime`, times in nanoseconds. */
export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

/** What was read of files, by their stamps; of more than so many those go that were remembered first. */
export class KnownFiles<T> {
  readonly #max: number;
  readonly #known = new Map<string, T>();

  constructor(max: number) {
    this.#max = max;
  }

  has(stamp: string): boolean {
    return this.#known.has(stamp);
  }

  get(stamp: string): T | undefined {
    return this.#known.get(stamp);
  }

  /** Also what is known already, so that it stays. */
  remember(stamp: string, value: T): void {
    this.#known.delete(stamp);
    this.#known.set(stamp, value);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= this.#max) return;
      this.#known.delete(oldest);
    }
  }
}
