import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { GofleetError } from '@gofleet/base/errors';

export type Bytes = AsyncIterable<Uint8Array>;

/** The beginning of a stream, at least `length` bytes unless it ends before, and all of the stream again. */
export async function peek(source: Bytes, length: number): Promise<{ head: Buffer; all: Bytes }> {
  const iterator = source[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  for (let size = 0; size < length; ) {
    const next = await iterator.next();
    if (next.done) break;
    chunks.push(next.value);
    size += next.value.length;
  }
  const head = Buffer.concat(chunks);
  return { head, all: resume(head, iterator) };
}

async function* resume(head: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** A stream that may be left before its end without being destroyed, and what reads it to its end then. */
export function leavable(source: Bytes): { source: Bytes; drain: () => Promise<void> } {
  const iterator = source[Symbol.asyncIterator]();
  return {
    source: { [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) },
    drain: async () => {
      while (!(await iterator.next()).done);
    },
  };
}

/** What an archive begins with. */
export type Packing = 'tar' | 'gzip' | 'zstd' | 'other';

/** How a file is packed, by its first 512 bytes. */
export function packingOf(head: Uint8Array): Packing {
  const magic = Buffer.from(head.subarray(0, 4)).toString('hex');
  if (magic.startsWith('1f8b')) return 'gzip';
  if (magic === '28b52ffd') return 'zstd';
  return Buffer.from(head.subarray(257, 262)).toString('latin1') === 'ustar' ? 'tar' : 'other';
}

/** How many more bytes may be unpacked: what bounds an archive that is made to never end. */
export interface Budget {
  leftBytes: number;
}

function unpacked(source: Bytes, transform: Transform): Bytes {
  pipeline(Readable.from(source), transform, () => {});
  return transform;
}

/**
 * The bytes without their compression.
 * @throws `oci.oversized-archive` when more come out than the budget has left
 */
export async function* inflate(source: Bytes, packing: Packing, budget: Budget): AsyncGenerator<Uint8Array> {
  const plain =
    packing === 'gzip'
      ? unpacked(source, createGunzip())
      : packing === 'zstd'
        ? unpacked(source, createZstdDecompress())
        : source;
  for await (const chunk of plain) {
    budget.leftBytes -= chunk.length;
    if (budget.leftBytes < 0) {
      throw new GofleetError('oci.oversized-archive', 'an archive unpacks to more than is read of it', {
        hint: 'unpack it and scan the directory',
      });
    }
    yield chunk;
  }
}
