import { GofleetError } from '@gofleet/base/errors';
import type { ByteCursor } from './byte-cursor.ts';

const chunkBytes = 1 << 20;
/** Files up to this size are kept whole. */
const wholeBytes = 32 * chunkBytes;
/** Of larger ones: this many chunks of the beginning and of the end, where headers are … */
const edgeChunks = 6;
/** … and those in which build info begins, with their neighbours. */
const maxMarked = 12;

/** What build info begins with. @see Go src/debug/buildinfo/buildinfo.go (go1.26) */
const magic = Buffer.from('\xff Go buildinf:', 'latin1');

/** Chunks that nobody uses; one window at a time takes them, so memory does not grow with the number of files. */
const pool: Buffer[] = [];

function oversized(sizeBytes: number): GofleetError {
  return new GofleetError(
    'oci.oversized-program',
    `an executable of ${sizeBytes} bytes whose headers or build info lie where nothing is kept of files above ${wholeBytes} bytes`,
    { facts: { sizeBytes, wholeBytes }, hint: 'unpack it and scan the file' },
  );
}

/**
 * What is kept of a file that streams by while it may be asked for any part of itself: all of a small one, of a large one
 * the beginning, the end, and the surroundings of what looks like build info. Takes at most 32 MiB.
 */
export class MemberWindow {
  readonly #sizeBytes: number;
  readonly #chunks: (Buffer | undefined)[] = [];
  readonly #marked = new Set<number>();
  #received = 0;

  private constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
  }

  /** The window on a file whose content is ahead; all of it is passed. */
  static async fill(content: ByteCursor, sizeBytes: number): Promise<MemberWindow> {
    const window = new MemberWindow(sizeBytes);
    for (;;) {
      const bytes = await content.next(chunkBytes);
      if (bytes.length === 0) break;
      window.#add(bytes);
    }
    return window;
  }

  get receivedBytes(): number {
    return this.#received;
  }

  /**
   * The bytes of a range, fewer at the end of the file.
   * @throws `oci.oversized-program` when they were not kept
   */
  read(offset: number, length: number): Uint8Array {
    const end = Math.min(offset + length, this.#received);
    if (offset >= end) return new Uint8Array(0);
    const first = Math.floor(offset / chunkBytes);
    const last = Math.floor((end - 1) / chunkBytes);
    const parts: Buffer[] = [];
    for (let index = first; index <= last; index++) {
      const chunk = this.#chunks[index];
      if (!chunk) throw oversized(this.#sizeBytes);
      const start = index * chunkBytes;
      parts.push(chunk.subarray(Math.max(0, offset - start), Math.min(chunkBytes, end - start)));
    }
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  }

  /** Gives the memory back. */
  release(): void {
    for (const chunk of this.#chunks) if (chunk) pool.push(chunk);
    this.#chunks.length = 0;
  }

  #add(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const index = Math.floor(this.#received / chunkBytes);
      const at = this.#received % chunkBytes;
      const chunk = this.#chunks[index] ?? pool.pop() ?? Buffer.allocUnsafeSlow(chunkBytes);
      this.#chunks[index] = chunk;
      const part = bytes.subarray(done, done + chunkBytes - at);
      chunk.set(part, at);
      done += part.length;
      this.#received += part.length;
      if (at + part.length === chunkBytes && this.#sizeBytes > wholeBytes) this.#settle(index, chunk);
    }
  }

  /** Looks at a chunk that is complete, and drops the one that is no longer among the last. */
  #settle(index: number, chunk: Buffer): void {
    if (this.#marked.size < maxMarked && chunk.includes(magic)) {
      for (const near of [index - 1, index, index + 1]) this.#marked.add(near);
    }
    const passed = index - edgeChunks;
    const dropped = this.#chunks[passed];
    if (!dropped || passed < edgeChunks || this.#marked.has(passed)) return;
    this.#chunks[passed] = undefined;
    pool.push(dropped);
  }
}
