/** A number of at least 0 and below a bound. */
export type Random = (below: number) => number;

/** Numbers that follow from a seed alone. @see mulberry32, Tommy Ettinger, public domain */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Changes the bytes in place, or returns fewer of them. */
type Mutation = (bytes: Uint8Array<ArrayBuffer>, random: Random) => Uint8Array<ArrayBuffer>;

/** Headers lie at the beginning, and a change of anything else is rarely looked at. */
const placeIn = (bytes: Uint8Array, random: Random): number =>
  random(random(4) === 0 ? bytes.length : Math.min(bytes.length, 4096));

const changeBytes: Mutation = (bytes, random) => {
  for (let left = 1 + random(12); left > 0; left--) bytes[placeIn(bytes, random)] = random(256);
  return bytes;
};

/** Sizes, counts and offsets that no file has: nothing, the largest of 8 to 64 bits, 4 GiB, 1 EiB. */
const extremes = [0n, 1n, 0xffn, 0xffffn, 0x7fffffffn, 0xffffffffn, 1n << 32n, 1n << 60n, (1n << 64n) - 1n];

const claimExtreme: Mutation = (bytes, random) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const value = extremes[random(extremes.length)] ?? 0n;
  const width = [2, 4, 8][random(3)] ?? 4;
  const at = placeIn(bytes, random) & -width;
  const littleEndian = random(2) === 0;
  if (at + width > bytes.length) return bytes;
  if (width === 8) view.setBigUint64(at, value, littleEndian);
  else if (width === 4) view.setUint32(at, Number(value & 0xffffffffn), littleEndian);
  else view.setUint16(at, Number(value & 0xffffn), littleEndian);
  return bytes;
};

/** Copies a piece over another: tables that overlap, and entries that point to one another. */
const copyWithin: Mutation = (bytes, random) =>
  bytes.copyWithin(placeIn(bytes, random), placeIn(bytes, random), placeIn(bytes, random) + random(512));

const magic = '\xff Go buildinf:';

/** Damages the build info itself: its flags, lengths without end, lengths of gigabytes, its text. */
const damageBuildInfo: Mutation = (bytes, random) => {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(magic, 0, 'latin1');
  if (at < 0) return changeBytes(bytes, random);
  const start = at + 14 + random(40);
  const length = Math.min(1 + random(16), Math.max(0, bytes.length - start));
  return bytes.fill(random(3) === 0 ? random(256) : 0xff, start, start + length);
};

const truncate: Mutation = (bytes, random) =>
  bytes.subarray(0, random(random(2) === 0 ? bytes.length : Math.min(bytes.length, 8192)));

const mutations: readonly Mutation[] = [
  ...[changeBytes, claimExtreme, claimExtreme, copyWithin, damageBuildInfo, truncate],
];

/** A damaged copy of a program: one to three mutations. */
export function mutateProgram(program: Uint8Array, random: Random): Uint8Array {
  let bytes: Uint8Array<ArrayBuffer> = new Uint8Array(program);
  for (let left = 1 + random(3); left > 0 && bytes.length > 0; left--) {
    bytes = (mutations[random(mutations.length)] ?? truncate)(bytes, random);
  }
  return bytes;
}
