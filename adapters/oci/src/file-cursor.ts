import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { GofleetError } from '@gofleet/base/errors';
import type { ByteCursor } from './byte-cursor.ts';

const bufferBytes = 1 << 16;
/** Read first where it was skipped to: a header and the beginning of a file. */
const firstBytes = 1 << 12;

/** A cursor on an open file: what is skipped is never read. */
export class FileCursor implements ByteCursor {
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafe(bufferBytes);
  /** The piece of the buffer that is ahead. */
  #ahead: Buffer = this.#buffer.subarray(0, 0);
  /** Where in the file the bytes behind the buffer's are. */
  #at = 0;
  /** How much is read next; more as long as nothing is skipped. */
  #span = firstBytes;
  readonly sizeBytes: number;

  constructor(fd: number) {
    this.#fd = fd;
    this.sizeBytes = fstatSync(fd).size;
  }

  readonly readAt = (offset: number, length: number): Uint8Array => {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.sizeBytes - offset)));
    return buffer.subarray(0, readSync(this.#fd, buffer, 0, buffer.length, offset));
  };

  async peek(length: number): Promise<Uint8Array> {
    if (this.#ahead.length < length) this.#fill();
    return this.#ahead.length >= length
      ? this.#ahead.subarray(0, length)
      : this.readAt(this.#at - this.#ahead.length, length);
  }

  async next(max: number): Promise<Uint8Array> {
    if (this.#ahead.length === 0) this.#fill();
    const chunk = this.#ahead.subarray(0, max);
    this.#ahead = this.#ahead.subarray(chunk.length);
    return chunk;
  }

  async skip(length: number): Promise<number> {
    const buffered = Math.min(length, this.#ahead.length);
    this.#ahead = this.#ahead.subarray(buffered);
    const seeked = Math.max(0, Math.min(length - buffered, this.sizeBytes - this.#at));
    this.#at += seeked;
    if (seeked > 0) this.#span = firstBytes;
    return buffered + seeked;
  }

  /** Moves what is ahead to the buffer's beginning, which leaves room behind it for more. */
  #fill(): void {
    const kept = this.#ahead.copy(this.#buffer);
    const wanted = Math.min(this.#span, bufferBytes - kept);
    const count = readSync(this.#fd, this.#buffer, kept, wanted, this.#at);
    this.#span = Math.min(bufferBytes, 2 * this.#span);
    this.#at += count;
    this.#ahead = this.#buffer.subarray(0, kept + count);
  }
}

function open(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new GofleetError('oci.unreadable-file', (cause as Error).message, { facts: { path }, cause });
  }
}

/**
 * What `use` makes of a file, which is closed afterwards. Never waits for a pipe or device.
 * @throws `oci.unreadable-file`
 */
export async function withFileCursor<T>(path: string, use: (cursor: FileCursor) => Promise<T>): Promise<T> {
  const fd = open(path);
  try {
    return await use(new FileCursor(fd));
  } finally {
    closeSync(fd);
  }
}
