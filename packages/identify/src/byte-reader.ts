/** A piece of a file; both numbers are safe integers. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * A reader without I/O: it yields the ranges that it wants and is given their bytes, fewer at the end of the file, none
 * beyond it. One reader serves synchronous files, asynchronous registries and a browser.
 */
export type ByteReader<T> = Generator<ByteRange, T, Uint8Array>;

/** Runs a reader on a source that answers at once; returns what the reader returns, throws what it throws. */
export function driveSync<T>(reader: ByteReader<T>, readAt: (range: ByteRange) => Uint8Array): T {
  let step = reader.next();
  while (!step.done) step = reader.next(readAt(step.value));
  return step.value;
}

/** Runs a reader on a source that answers later. */
export async function driveAsync<T>(
  reader: ByteReader<T>,
  readAt: (range: ByteRange) => Promise<Uint8Array>,
): Promise<T> {
  let step = reader.next();
  while (!step.done) step = reader.next(await readAt(step.value));
  return step.value;
}

/** Bytes of the beginning of a file that one first read fetches: most of what a Go executable's headers take up. */
const headLength = 4096;

/** A file being read: its beginning and the last piece are kept, and every byte asked for is counted. */
export class FileBytes {
  bytesRead: number;
  readonly #base: number;
  #head: Uint8Array | undefined;
  #last: { readonly offset: number; readonly bytes: Uint8Array } = { offset: 0, bytes: new Uint8Array(0) };

  /** A file that begins at `base` of the source; what was read of it before counts on. */
  constructor(base = 0, bytesRead = 0) {
    this.#base = base;
    this.bytesRead = bytesRead;
  }

  /** The bytes of a range, fewer when the file ends before. */
  *read(offset: number, length: number): ByteReader<Uint8Array> {
    if (length <= 0 || !Number.isSafeInteger(this.#base + offset + length)) return new Uint8Array(0);
    this.#head ??= yield* this.#fetch(0, headLength);
    const head = this.#head;
    if (offset + length <= head.length) return head.subarray(offset, offset + length);
    if (head.length < headLength) return head.subarray(Math.min(offset, head.length));
    const at = offset - this.#last.offset;
    if (at >= 0 && at + length <= this.#last.bytes.length) {
      return this.#last.bytes.subarray(at, at + length);
    }
    const bytes = yield* this.#fetch(offset, length);
    this.#last = { offset, bytes };
    return bytes;
  }

  *#fetch(offset: number, length: number): ByteReader<Uint8Array> {
    const bytes = yield { offset: this.#base + offset, length };
    this.bytesRead += bytes.length;
    return bytes.length > length ? bytes.subarray(0, length) : bytes;
  }
}
