import type { BinaryFacts } from './binary-facts.ts';
import { type ByteRange, driveAsync, readBinary } from './read-binary.ts';

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

/**
 * Everything that a Go program says of itself: release, modules, settings, fingerprints. A few KiB of it are fetched.
 * @throws what `readBinary` throws: `identify.not-executable`, `identify.not-go`, `identify.packed` …; and what the source throws
 */
export function readBuildInfo(source: ProgramSource): Promise<BinaryFacts> {
  return driveAsync(readBinary(), fetcherOf(source));
}
