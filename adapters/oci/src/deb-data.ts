import { GofleetError } from '@gofleet/base/errors';
import type { Bytes } from './byte-stream.ts';

const magic = '!<arch>\n';
const headerBytes = 60;
const maxMembers = 16;

/** Whether a file begins like a Debian package. @see deb(5) */
export function isDeb(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, 21)).toString('latin1') === `${magic}debian-binary`;
}

/** A stream read in pieces of the length that is asked for. */
class Cursor {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: Bytes) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** The next bytes in chunks, fewer when the stream ends. */
  async *take(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0) {
        const next = await this.#iterator.next();
        if (next.done) return;
        this.#rest = next.value;
      }
      const chunk = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
  }

  async text(length: number): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.take(length)) chunks.push(chunk);
    return Buffer.concat(chunks).toString('latin1');
  }
}

/**
 * The packed tar of a Debian package's files.
 * @throws `oci.unknown-compression` for xz and others that cannot be unpacked here, `oci.broken-archive`
 */
export async function* debData(source: Bytes): AsyncGenerator<Uint8Array> {
  const cursor = new Cursor(source);
  await cursor.text(magic.length);
  for (let count = 0; count < maxMembers; count++) {
    const header = await cursor.text(headerBytes);
    const name = header.slice(0, 16).trim().replace(/\/$/, '');
    const size = Number(header.slice(48, 58).trim());
    if (header.length < headerBytes || !Number.isSafeInteger(size) || size < 0) break;
    if (/^data\.tar(\.gz|\.zst)?$/.test(name)) return yield* cursor.take(size);
    if (name.startsWith('data.tar')) {
      throw new GofleetError('oci.unknown-compression', `a Debian package whose files are in ${name}`, {
        facts: { name },
        hint: 'unpack it with "dpkg-deb -x" and scan the directory',
      });
    }
    for await (const _ of cursor.take(size + (size % 2)));
  }
  throw new GofleetError('oci.broken-archive', 'a Debian package without its files');
}
