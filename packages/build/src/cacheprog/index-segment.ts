import type { Sha256 } from '@gofleet/base/digest';
import { GofleetError } from '@gofleet/base/errors';

/** Where to find what a build made. */
export interface IndexedBundle {
  readonly sha256: Sha256;
  /** The build that made it, 16 hexadecimal digits, and its place among that build's bundles. */
  readonly build: string;
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly madeAtMs: number;
  /** The actions whose outputs are in it, 64 hexadecimal digits each. */
  readonly actionIds: readonly string[];
}

/** A segment of an index and what it occupies. */
export interface StoredSegment {
  readonly sha256: Sha256;
  readonly sizeBytes: number;
}

const magic = Buffer.from('gofleet cindex 1');
const headBytes = magic.length + 4;
const bundleHeadBytes = 32 + 8 + 4 + 8 + 4;

/** No segment is longer; a merge drops the oldest bundles. */
export const maxSegmentBytes = 32 << 20;

function malformed(why: string): GofleetError {
  return new GofleetError('build.malformed-index', `an index of a build cache: ${why}`);
}

const sizeOf = ({ actionIds }: IndexedBundle): number => bundleHeadBytes + 32 * actionIds.length;

/** A segment as bytes. */
export function renderSegment(bundles: readonly IndexedBundle[]): Uint8Array {
  const buffer = Buffer.alloc(bundles.reduce((total, bundle) => total + sizeOf(bundle), headBytes));
  magic.copy(buffer);
  let at = buffer.writeUInt32LE(bundles.length, magic.length);
  for (const { sha256, build, sequence, madeAtMs, actionIds } of bundles) {
    at += buffer.write(sha256 + build, at, 'hex');
    at = buffer.writeUInt32LE(sequence, at);
    at = buffer.writeBigUInt64LE(BigInt(madeAtMs), at);
    at = buffer.writeUInt32LE(actionIds.length, at);
    for (const actionId of actionIds) at += buffer.write(actionId, at, 'hex');
  }
  return buffer;
}

/**
 * The bundles of a segment from its bytes.
 * @throws `build.malformed-index`
 */
export function parseSegment(bytes: Uint8Array): IndexedBundle[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < headBytes || !buffer.subarray(0, magic.length).equals(magic)) {
    throw malformed('expected its head');
  }
  const count = buffer.readUInt32LE(magic.length);
  if (headBytes + count * bundleHeadBytes > buffer.length) throw malformed('it ends too early');
  const bundles: IndexedBundle[] = [];
  let at = headBytes;
  for (let index = 0; index < count; index++) {
    if (at + bundleHeadBytes > buffer.length) throw malformed('it ends too early');
    const actions = buffer.readUInt32LE(at + 52);
    const start = at + bundleHeadBytes;
    if (start + 32 * actions > buffer.length) throw malformed('it ends too early');
    const madeAt = buffer.readBigUInt64LE(at + 44);
    if (madeAt > BigInt(8.64e15)) throw malformed('a time is beyond all bounds');
    bundles.push({
      sha256: buffer.toString('hex', at, at + 32) as Sha256,
      build: buffer.toString('hex', at + 32, at + 40),
      sequence: buffer.readUInt32LE(at + 40),
      madeAtMs: Number(madeAt),
      actionIds: Array.from({ length: actions }, (_, action) =>
        buffer.toString('hex', start + 32 * action, start + 32 * action + 32),
      ),
    });
    at = start + 32 * actions;
  }
  if (at !== buffer.length) throw malformed(`${buffer.length - at} bytes follow its end`);
  return bundles;
}

/** Segments of one size are merged when there are so many. */
const fanOut = 8;

/**
 * Which segments to write anew as one, so that few have to be read: those of the smallest size class that has eight. Empty when
 * there are few enough. A class holds segments up to eight times as long as the one before.
 */
export function planMerge(segments: readonly StoredSegment[]): StoredSegment[] {
  const classes = new Map<number, StoredSegment[]>();
  for (const segment of segments) {
    const sizeClass = Math.max(0, Math.floor(Math.log(segment.sizeBytes / (32 << 10)) / Math.log(fanOut)));
    classes.set(sizeClass, [...(classes.get(sizeClass) ?? []), segment]);
  }
  const full = [...classes].filter(([, members]) => members.length >= fanOut).sort(([a], [b]) => a - b);
  return full[0]?.[1] ?? [];
}

/** The bundles of several segments, each once, the newest first, as many as fit into a segment. */
export function mergeSegments(segments: readonly (readonly IndexedBundle[])[]): IndexedBundle[] {
  const byDigest = new Map(segments.flat().map((bundle) => [bundle.sha256, bundle]));
  const newest = [...byDigest.values()].sort((a, b) => b.madeAtMs - a.madeAtMs || a.sequence - b.sequence);
  let bytes = headBytes;
  const fits = newest.findIndex((bundle) => {
    bytes += sizeOf(bundle);
    return bytes > maxSegmentBytes;
  });
  return fits < 0 ? newest : newest.slice(0, fits);
}
