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

/** Thrown by {@link FileBytes.take} for a range that has to be fetched first, and caught by {@link FileBytes.parse} only. */
class MissingBytes {
  readonly offset: number;
  readonly length: number;

  constructor(offset: number, length: number) {
    this.offset = offset;
    this.length = length;
  }
}

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const nothing = new Uint8Array(0);

const holds = ({ offset, bytes }: Piece, start: number, end: number): boolean =>
  start >= offset && end <= offset + bytes.length;

/** A file being read: what was fetched is kept, and counted. */
export class FileBytes {
  bytesRead: number;
  readonly #base: number;
  readonly #pieces: Piece[] = [];
  #last: Piece = { offset: 0, bytes: nothing };
  /** Where the file ends, once a fetch came to its end. */
  #end = Number.POSITIVE_INFINITY;

  /** A file that begins at `base` of the source; what was read of it before counts on. */
  constructor(base = 0, bytesRead = 0) {
    this.#base = base;
    this.bytesRead = bytesRead;
  }

  /**
   * What a function makes of the bytes that it takes. It is run again from its beginning when it takes what has to be fetched, so
   * it is a plain function of the file, and the bytes of an ordinary file's headers are all there at its first run.
   */
  *parse<T>(run: (file: FileBytes) => T): ByteReader<T> {
    for (;;) {
      try {
        return run(this);
      } catch (thrown) {
        if (!(thrown instanceof MissingBytes)) throw thrown;
        this.#pieces.push({ offset: thrown.offset, bytes: yield* this.#fetch(thrown.offset, thrown.length) });
      }
    }
  }

  /** The bytes of a range, fewer when the file ends before. For functions that {@link parse} runs. */
  take(offset: number, length: number): Uint8Array {
    const kept = this.#find(offset, length);
    if (kept) return kept;
    const isHead = this.#pieces.length === 0;
    throw isHead ? new MissingBytes(0, headLength) : new MissingBytes(offset, length);
  }

  /** The bytes of a range, fewer when the file ends before; kept until the next such range. */
  *read(offset: number, length: number): ByteReader<Uint8Array> {
    const kept = this.#find(offset, length);
    if (kept) return kept;
    const bytes = yield* this.#fetch(offset, length);
    this.#last = { offset, bytes };
    return bytes;
  }

  #find(offset: number, length: number): Uint8Array | undefined {
    if (length <= 0 || offset >= this.#end || !Number.isSafeInteger(this.#base + offset + length))
      return nothing;
    const end = Math.min(offset + length, this.#end);
    for (const piece of this.#pieces) {
      if (holds(piece, offset, end)) return piece.bytes.subarray(offset - piece.offset, end - piece.offset);
    }
    const last = this.#last;
    return holds(last, offset, end)
      ? last.bytes.subarray(offset - last.offset, end - last.offset)
      : undefined;
  }

  *#fetch(offset: number, length: number): ByteReader<Uint8Array> {
    const given = yield { offset: this.#base + offset, length };
    const bytes = given.length > length ? given.subarray(0, length) : given;
    this.bytesRead += bytes.length;
    if (bytes.length < length) this.#end = Math.min(this.#end, offset + bytes.length);
    return bytes;
  }
}
