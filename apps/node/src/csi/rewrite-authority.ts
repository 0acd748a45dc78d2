/** What an `:authority` becomes. */
const replacement = Buffer.from('\x09localhost');

/** Static table: index 1 is the name `:authority`. @see RFC 7541 appendix A */
const authorityIndex = 1;

/** A cursor over a header block; its reads give `undefined` behind the end. */
interface Cursor {
  readonly block: Uint8Array;
  at: number;
}

/** An integer whose first byte has `bits` bits of it. @see RFC 7541 section 5.1 */
function readInteger(cursor: Cursor, bits: number): number | undefined {
  const limit = 2 ** bits - 1;
  const first = cursor.block[cursor.at++];
  if (first === undefined) return undefined;
  let value = first & limit;
  if (value < limit) return value;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = cursor.block[cursor.at++];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
  return undefined;
}

/** Passes over a string; false when it does not end inside the block. */
function skipString(cursor: Cursor): boolean {
  const length = readInteger(cursor, 7);
  if (length === undefined) return false;
  cursor.at += length;
  return cursor.at <= cursor.block.length;
}

/** How many bits of a field's first byte belong to its index, and whether name and value follow. @see RFC 7541 section 6 */
function shapeOf(first: number): { readonly bits: number; readonly isLiteral: boolean } {
  if (first >= 0x80) return { bits: 7, isLiteral: false };
  if (first >= 0x40) return { bits: 6, isLiteral: true };
  return first >= 0x20 ? { bits: 5, isLiteral: false } : { bits: 4, isLiteral: true };
}

/**
 * The header block with `localhost` as the value of a literal `:authority`; one that is malformed or has none is given back
 * as it is. Shorter values keep both sides' dynamic tables in step: entries are counted from the newest, and the reader only
 * keeps old ones longer than the writer supposes.
 * @see RFC 7541 (HPACK)
 */
export function rewriteAuthority(block: Uint8Array): Uint8Array {
  const cursor: Cursor = { block, at: 0 };
  while (cursor.at < block.length) {
    const { bits, isLiteral } = shapeOf(block[cursor.at] ?? 0);
    const index = readInteger(cursor, bits);
    if (index === undefined) return block;
    if (!isLiteral) continue;
    if (index === 0 && !skipString(cursor)) return block;
    const valueAt = cursor.at;
    if (!skipString(cursor)) return block;
    const isLonger = cursor.at - valueAt > replacement.length;
    if (index === authorityIndex && isLonger)
      return Buffer.concat([block.subarray(0, valueAt), replacement, block.subarray(cursor.at)]);
  }
  return block;
}
