/** Bytes in order. */
export type Bytes = AsyncIterable<Uint8Array>;

/** A place in a stream of bytes. What is given out may be overwritten by the next call. */
export interface ByteCursor {
  /** The bytes ahead, which stay ahead: `length` of them, fewer when the stream ends before. */
  peek(length: number): Promise<Uint8Array>;
  /** Passes some bytes, at most `max`; none at the end of the stream. */
  next(max: number): Promise<Uint8Array>;
  /** Passes bytes that nobody wants; fewer than `length` when the stream ends before. */
  skip(length: number): Promise<number>;
  /** Bytes from where the cursor stood when it was made, wherever it is now; only where any of them can be had at any time. */
  readonly readAt?: (offset: number, length: number) => Uint8Array;
}

const none = new Uint8Array(0);

/** A cursor on a stream that can be read once. */
export class StreamCursor implements ByteCursor {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #ahead: Uint8Array = none;
  #ended = false;

  constructor(source: Bytes) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  async peek(length: number): Promise<Uint8Array> {
    while (this.#ahead.length < length && !this.#ended) {
      const chunk = await this.#pull();
      this.#ahead = this.#ahead.length === 0 ? chunk : Buffer.concat([this.#ahead, chunk]);
    }
    return this.#ahead.subarray(0, length);
  }

  async next(max: number): Promise<Uint8Array> {
    while (this.#ahead.length === 0 && !this.#ended) this.#ahead = await this.#pull();
    const chunk = this.#ahead.subarray(0, max);
    this.#ahead = this.#ahead.subarray(chunk.length);
    return chunk;
  }

  async skip(length: number): Promise<number> {
    let left = length;
    while (left > 0) {
      const chunk = await this.next(left);
      if (chunk.length === 0) break;
      left -= chunk.length;
    }
    return length - left;
  }

  async #pull(): Promise<Uint8Array> {
    const next = await this.#iterator.next();
    if (next.done) this.#ended = true;
    return next.done ? none : next.value;
  }
}

/** The next `length` bytes of another cursor, which is to be left alone meanwhile. */
export class MemberCursor implements ByteCursor {
  readonly #outer: ByteCursor;
  #left: number;
  readonly readAt?: (offset: number, length: number) => Uint8Array;

  /** @param at - how far the outer cursor has come since it was made */
  constructor(outer: ByteCursor, length: number, at: number) {
    this.#outer = outer;
    this.#left = length;
    const { readAt } = outer;
    if (readAt) {
      this.readAt = (offset, wanted) => readAt(at + offset, Math.max(0, Math.min(wanted, length - offset)));
    }
  }

  peek(length: number): Promise<Uint8Array> {
    return this.#outer.peek(Math.min(length, this.#left));
  }

  async next(max: number): Promise<Uint8Array> {
    if (this.#left === 0) return none;
    const chunk = await this.#outer.next(Math.min(max, this.#left));
    this.#left -= chunk.length;
    return chunk;
  }

  async skip(length: number): Promise<number> {
    const skipped = await this.#outer.skip(Math.min(length, this.#left));
    this.#left -= skipped;
    return skipped;
  }

  /** Passes what is left; whether all of it was there. */
  async finish(): Promise<boolean> {
    await this.skip(this.#left);
    return this.#left === 0;
  }
}

/** Passes `length` bytes and returns a copy of them; fewer when the stream ends before. */
export async function take(cursor: ByteCursor, length: number): Promise<Buffer> {
  const ahead = await cursor.peek(length);
  const copy = Buffer.from(ahead);
  await cursor.skip(copy.length);
  return copy;
}
