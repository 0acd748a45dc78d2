import { GofleetError } from '@gofleet/base/errors';
import type { ExecutableMap, MappedRegion } from './executable.ts';
import type { FileBytes } from './file-bytes.ts';

/** Where build info lies in the file, and where the bytes that belong to it end at the latest. */
export interface BuildInfoPlace {
  readonly offset: number;
  readonly end: number;
  /** How much of it has probably been read already: to the end of the section or piece that it was found in. */
  readonly nearEnd: number;
}

/** `\xff Go buildinf:`. @see Go src/debug/buildinfo/buildinfo.go (go1.26) */
const magic = Uint8Array.from('\xff Go buildinf:', (char) => char.charCodeAt(0));
const alignment = 16;
export const buildInfoHeaderSize = 32;

/** More data than any real program initialises; bounds what a file of holes can make us read. */
const maxScanBytes = 128 << 20;
const chunkSizes = [4 << 10, 64 << 10, 1 << 20, 4 << 20];
/** As much as build info mostly takes up. */
const nearBytes = 4096;

function isMagicAt(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < magic.length; i++) if (bytes[at + i] !== magic[i]) return false;
  return true;
}

type Found = Pick<BuildInfoPlace, 'offset' | 'nearEnd'>;

/** Finds the magic at addresses divisible by 16; it never crosses a chunk's end since chunks are cut there. */
function scan(file: FileBytes, region: MappedRegion, limit: number): Found | undefined {
  const skipped = (alignment - (region.address % alignment)) % alignment;
  const end = Math.min(region.size, limit);
  for (let done = skipped, turn = 0; done < end; turn++) {
    const length = Math.min(end - done, chunkSizes[Math.min(turn, chunkSizes.length - 1)] ?? 0);
    const start = region.offset + done;
    // What is in its section is read with it; of what is only looked through nothing is kept.
    const bytes = turn === 0 ? file.take(start, length) : file.read(start, length);
    for (let at = 0; at + buildInfoHeaderSize <= bytes.length; at += alignment) {
      if (bytes[at] !== 0xff || !isMagicAt(bytes, at)) continue;
      return { offset: start + at, nearEnd: start + Math.min(bytes.length, at + nearBytes) };
    }
    if (bytes.length < length) return undefined;
    done += length;
  }
  return undefined;
}

/** The regions to look through, none of them twice and none that lies outside of every file. */
function regionsOf({ data }: ExecutableMap): MappedRegion[] {
  const seen = new Set<number>();
  return data.filter(({ address, offset, size }) => {
    const usable = Number.isFinite(address) && Number.isFinite(offset + size) && !seen.has(offset + size);
    seen.add(offset + size);
    return usable;
  });
}

/** The end of the mapped region that an offset lies in. */
function regionEnd({ mapped }: ExecutableMap, at: number): number | undefined {
  const holder = mapped.find(({ offset, size }) => at >= offset && at < offset + size);
  return holder && holder.offset + holder.size;
}

/**
 * Where the build info lies: in its section, else anywhere in the writable data; `undefined` when it is not there.
 * @throws `identify.oversized-data` when it is not in as much of the data as is looked through
 */
export function findBuildInfo(file: FileBytes, map: ExecutableMap): BuildInfoPlace | undefined {
  let left = maxScanBytes;
  for (const region of regionsOf(map)) {
    const found = scan(file, region, left);
    if (found) return { ...found, end: regionEnd(map, found.offset) ?? region.offset + region.size };
    left -= Math.min(left, region.size);
  }
  if (left > 0) return undefined;
  throw new GofleetError(
    'identify.oversized-data',
    `no build info in the first ${maxScanBytes >> 20} MiB of writable data; more is not looked through`,
    { facts: { scannedBytes: maxScanBytes } },
  );
}
