/** The bytes of a range of a file, fewer when it ends before, none beyond its end; both numbers are safe integers. */
export type ReadAt = (offset: number, length: number) => Uint8Array;

/** Where a file's bytes come from, and how many did. */
export interface ByteSource {
  readonly readAt: ReadAt;
  bytesRead: number;
}

/** Bytes of the beginning of a file that are read in one go: most of what a Go executable's headers take up. */
const headLength = 4096;

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const nothing = new Uint8Array(0);

/** A file being read: what was taken of it is kept, so that a parser may ask for the same bytes as often as it likes. */
export class FileBytes {
  readonly source: ByteSource;
  readonly #base: number;
  readonly #pieces: Piece[] = [];
  /** Where the file ends, once a read came to its end. */
  #end = Number.POSITIVE_INFINITY;

  /** A file that begins at `base` of the source. */
  constructor(source: ByteSource, base = 0) {
    this.source = source;
    this.#base = base;
  }

  /** The bytes of a range, fewer when the file ends before; kept. */
  take(offset: number, length: number): Uint8Array {
    const kept = this.#find(offset, length);
    if (kept) return kept;
    const isHead = offset + length <= headLength;
    const piece = isHead ? this.#fetch(0, headLength) : this.#fetch(offset, length);
    this.#pieces.push(piece);
    const start = offset - piece.offset;
    return piece.bytes.subarray(start, start + length);
  }

  /** The bytes of a range, fewer when the file ends before; not kept. */
  read(offset: number, length: number): Uint8Array {
    return this.#find(offset, length) ?? this.#fetch(offset, length).bytes;
  }

  #find(offset: number, length: number): Uint8Array | undefined {
    if (length <= 0 || offset >= this.#end || !Number.isSafeInteger(this.#base + offset + length))
      return nothing;
    const end = Math.min(offset + length, this.#end);
    for (const { offset: start, bytes } of this.#pieces) {
      if (offset >= start && end <= start + bytes.length) return bytes.subarray(offset - start, end - start);
    }
    return undefined;
  }

  #fetch(offset: number, length: number): Piece {
    const given = this.source.readAt(this.#base + offset, length);
    const bytes = given.length > length ? given.subarray(0, length) : given;
    this.source.bytesRead += bytes.length;
    if (bytes.length < length) this.#end = Math.min(this.#end, offset + bytes.length);
    return { offset, bytes };
  }
}
