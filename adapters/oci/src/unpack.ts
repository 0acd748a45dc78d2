import { pipeline, Readable, type Transform } from 'node:stream';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { GofleetError } from '@gofleet/base/errors';
import { type ByteCursor, type Bytes, StreamCursor } from './byte-cursor.ts';
import { unpackXz } from './unpack-xz.ts';

/** What an archive may unpack to: bounds one that is made to never end. */
export interface UnpackLimits {
  readonly maxBytes: number;
  /** So many bytes come out of anything, however small. */
  readonly freeBytes: number;
  /** Beyond the free ones, at most so many for each that goes in. */
  readonly maxRatio: number;
}

/** More than any real image unpacks to, and more than real content is ever compressed. */
export const usualLimits: UnpackLimits = { maxBytes: 32 * 2 ** 30, freeBytes: 4 * 2 ** 30, maxRatio: 200 };

/** What went into and came out of all decompressors of one archive. */
export class UnpackMeter {
  readonly #limits: UnpackLimits;
  readonly signal: AbortSignal | undefined;
  #packed = 0;
  #unpacked = 0;

  constructor(limits: UnpackLimits = usualLimits, signal?: AbortSignal) {
    this.#limits = limits;
    this.signal = signal;
  }

  countPacked(bytes: number): void {
    this.signal?.throwIfAborted();
    this.#packed += bytes;
  }

  /** @throws `oci.oversized-archive` when more came out than an honest archive holds */
  countUnpacked(bytes: number): void {
    this.#unpacked += bytes;
    const { maxBytes, freeBytes, maxRatio } = this.#limits;
    if (this.#unpacked <= Math.min(maxBytes, Math.max(freeBytes, this.#packed * maxRatio))) return;
    throw new GofleetError(
      'oci.oversized-archive',
      `an archive that unpacks to more than ${maxBytes} bytes, or to ${maxRatio} times its size: taken for a trap`,
      {
        facts: { packedBytes: this.#packed, unpackedBytes: this.#unpacked },
        hint: 'if it is none, unpack it and scan the directory',
      },
    );
  }
}

/** How a file is compressed. */
export type Packing = 'gzip' | 'zstd' | 'xz' | 'bzip2' | 'none';

const magics: readonly (readonly [Packing, string])[] = [
  ['gzip', '1f8b'],
  ['zstd', '28b52ffd'],
  ['xz', 'fd377a585a00'],
  ['bzip2', '425a68'],
];

/** How a file is compressed, by its first bytes. */
export function packingOf(head: Uint8Array): Packing {
  const magic = Buffer.from(head.subarray(0, 6)).toString('hex');
  return magics.find(([, begins]) => magic.startsWith(begins))?.[0] ?? 'none';
}

const chunkBytes = 1 << 16;

/** Copies, for decoders ask ahead and a cursor gives out the same memory again. */
async function* packedBytes(source: ByteCursor, meter: UnpackMeter): AsyncGenerator<Buffer> {
  for (;;) {
    const chunk = await source.next(chunkBytes);
    if (chunk.length === 0) return;
    meter.countPacked(chunk.length);
    yield Buffer.from(chunk);
  }
}

function through(input: Readable, transform: Transform): Bytes {
  // Its errors come out of the transform as well.
  pipeline(input, transform, () => {});
  return transform;
}

/** @throws `oci.unknown-compression` */
function decode(input: Readable, packing: Exclude<Packing, 'none'>, head: Uint8Array): Bytes {
  if (packing === 'gzip') return through(input, createGunzip({ chunkSize: chunkBytes }));
  if (packing === 'xz') return unpackXz(input, head);
  if (packing === 'zstd') {
    // A window of 64 MiB: what decoders must support is 8, and a frame may ask for 2 GiB.
    const params = { [constants.ZSTD_d_windowLogMax]: 26 };
    return through(input, createZstdDecompress({ chunkSize: chunkBytes, params }));
  }
  throw new GofleetError('oci.unknown-compression', `compressed with ${packing}, which is not read`, {
    facts: { packing },
    hint: 'unpack it and scan the directory',
  });
}

/** The bytes, each counted. */
export async function* metered(bytes: Bytes, meter: UnpackMeter): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    meter.countUnpacked(chunk.length);
    yield chunk;
  }
}

/**
 * What `use` makes of the bytes without their compression. When it is done, nothing reads from the source any more, however
 * much of it is left.
 * @throws `oci.unknown-compression`, `oci.missing-program`; from the cursor `oci.oversized-archive`, `oci.broken-archive` and what zlib throws
 */
export async function withUnpacked<T>(
  source: ByteCursor,
  how: { readonly packing: Packing; readonly meter: UnpackMeter },
  use: (cursor: ByteCursor) => Promise<T>,
): Promise<T> {
  const { packing, meter } = how;
  if (packing === 'none') return await use(source);
  const head = Uint8Array.from(await source.peek(8));
  const input = Readable.from(packedBytes(source, meter), { highWaterMark: 1 });
  // Leaving a decoder early is an error to it.
  input.on('error', () => undefined);
  const bytes = metered(decode(input, packing, head), meter);
  try {
    return await use(new StreamCursor(bytes));
  } finally {
    await bytes.return(undefined);
    input.destroy();
    if (!input.closed) await new Promise((resolve) => input.once('close', resolve));
  }
}
