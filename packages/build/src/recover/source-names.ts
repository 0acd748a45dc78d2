const ending = Buffer.from('.go\0');
const maxLength = 4096;
const maxNames = 200_000;

/** The name that ends at an offset: back to the NUL before it. */
function nameBefore(bytes: Buffer, end: number): string | undefined {
  const start = bytes.lastIndexOf(0, end - 1) + 1;
  const isWhole = start > 0 && end - start <= maxLength;
  const name = bytes.toString('utf8', start, end);
  return isWhole && !/\p{Cc}/u.test(name) ? name : undefined;
}

/**
 * Collects the names of source files from an executable, given piece by piece: every string between two NUL bytes that ends in
 * `.go`, as the linker's file table has them. At most 200,000 of 4 KiB each.
 */
export class SourceNames {
  readonly #names = new Set<string>();
  #rest: Buffer = Buffer.alloc(1);

  /** The next piece of the file. */
  add(piece: Uint8Array): void {
    const bytes = Buffer.concat([this.#rest, piece]);
    for (let at = bytes.indexOf(ending); at >= 0; at = bytes.indexOf(ending, at + 1)) {
      const name = nameBefore(bytes, at + 3);
      if (name !== undefined && this.#names.size < maxNames) this.#names.add(name);
    }
    this.#rest = bytes.subarray(Math.max(0, bytes.length - maxLength - ending.length));
  }

  get names(): ReadonlySet<string> {
    return this.#names;
  }
}
