import { GofleetError } from '@gofleet/base/errors';
import type { BinaryFacts } from './binary-facts.ts';
import { readBinary } from './read-binary.ts';

/** A piece of a file; both numbers are safe integers. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * A program to be read: a `Blob` (a file of an HTML form; in Node `await openAsBlob(path)`), its bytes, or a function that fetches
 * a range of them, fewer at the end of the file.
 */
export type ProgramSource = Blob | Uint8Array | ((range: ByteRange) => Promise<Uint8Array>);

function fetcherOf(source: ProgramSource): (range: ByteRange) => Promise<Uint8Array> {
  if (typeof source === 'function') return source;
  if (source instanceof Uint8Array) {
    return async ({ offset, length }) => source.subarray(offset, offset + length);
  }
  return async ({ offset, length }) =>
    new Uint8Array(await source.slice(offset, offset + length).arrayBuffer());
}

/** Thrown to the reader for a range that has to be fetched first, and caught by {@link readBuildInfo} only. */
class MissingBytes {
  readonly range: ByteRange;

  constructor(range: ByteRange) {
    this.range = range;
  }
}

/** More than any program makes us read; what a hostile one may make us keep. */
const maxKeptBytes = 256 << 20;

/** What was fetched of a program; of what was not yet, {@link MissingBytes} is thrown. */
class FetchedBytes {
  readonly #ranges = new Map<string, Uint8Array>();
  #size = 0;

  readonly readAt = (offset: number, length: number): Uint8Array => {
    const bytes = this.#ranges.get(`${offset}+${length}`);
    if (!bytes) throw new MissingBytes({ offset, length });
    return bytes;
  };

  keep({ offset, length }: ByteRange, bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#size > maxKeptBytes) {
      throw new GofleetError(
        'identify.oversized-data',
        `more than ${maxKeptBytes >> 20} MiB of the program would have to be read`,
        { facts: { offset, length } },
      );
    }
    this.#ranges.set(`${offset}+${length}`, bytes);
  }
}

/**
 * Everything that a Go program says of itself: release, modules, settings, fingerprints. A few KiB of it are fetched.
 * @throws what `readBinary` throws: `identify.not-executable`, `identify.not-go`, `identify.packed` …; and what the source throws
 */
export async function readBuildInfo(source: ProgramSource): Promise<BinaryFacts> {
  const fetch = fetcherOf(source);
  const fetched = new FetchedBytes();
  for (;;) {
    try {
      return readBinary(fetched.readAt);
    } catch (thrown) {
      if (!(thrown instanceof MissingBytes)) throw thrown;
      fetched.keep(thrown.range, await fetch(thrown.range));
    }
  }
}
