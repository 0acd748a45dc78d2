import { GofleetError } from '@gofleet/base/errors';
import { cutOff } from './archive-entry.ts';
import { type ByteCursor, MemberCursor, take } from './byte-cursor.ts';

const leadBytes = 96;
const introBytes = 16;
const entryBytes = 16;
/** What rpm itself takes for malformed. @see rpm lib/header.c, HEADER_TAGS_MAX and HEADER_DATA_MAX */
const [maxEntries, maxDataBytes] = [0xffff, 256 << 20];

/** Whether a file begins like an rpm package. */
export function isRpm(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, 4)).toString('hex') === 'edabeedb';
}

/** Passes one header; returns its size in bytes. */
async function skipHeader(cursor: ByteCursor): Promise<number> {
  const intro = await take(cursor, introBytes);
  if (intro.length < introBytes) throw cutOff('rpm');
  const [entries, dataBytes] = [intro.readUInt32BE(8), intro.readUInt32BE(12)];
  const isHeader = intro.toString('hex', 0, 4) === '8eade801';
  if (!isHeader || entries > maxEntries || dataBytes > maxDataBytes) {
    throw new GofleetError('oci.broken-archive', 'rpm: expected a header, found something else');
  }
  const rest = entries * entryBytes + dataBytes;
  if ((await cursor.skip(rest)) < rest) throw cutOff('rpm');
  return introBytes + rest;
}

/**
 * The payload, a compressed cpio: passes what is before it, the lead, the signatures (padded to 8 bytes) and the header.
 * @throws `oci.broken-archive`
 * @see rpm docs/manual/format_v4.md
 */
export async function rpmPayload(cursor: ByteCursor): Promise<ByteCursor> {
  await cursor.skip(leadBytes);
  const signatureBytes = await skipHeader(cursor);
  const paddingBytes = (8 - (signatureBytes % 8)) % 8;
  await cursor.skip(paddingBytes);
  const at = leadBytes + signatureBytes + paddingBytes + (await skipHeader(cursor));
  return new MemberCursor(cursor, Number.MAX_SAFE_INTEGER, at);
}
