import { GofleetError } from '@gofleet/base/errors';
import { arEntries } from './ar-entries.ts';
import { type ArchiveContent, brokenArchive, emptyContent } from './archive-content.ts';
import type { ByteCursor } from './byte-cursor.ts';
import { cpioEntries, isCpio } from './cpio-entries.ts';
import { isRpm, rpmPayload } from './rpm-payload.ts';
import { tarEntries } from './tar-entries.ts';
import { isTarHeader } from './tar-header.ts';
import { packingOf, type UnpackMeter, withUnpacked } from './unpack.ts';
import { type Place, visitEntries } from './visit-entries.ts';

const headBytes = 512;
const maxDepth = 2;

/** Whether a file begins like a Debian package. @see deb(5) */
function isDeb(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, 21)).toString('latin1') === '!<arch>\ndebian-binary';
}

/** Whether there was anything that could be visited. */
async function visitUnpacked(cursor: ByteCursor, place: Place): Promise<boolean> {
  const head = await cursor.peek(headBytes);
  const entries = isTarHeader(head) ? tarEntries(cursor) : isCpio(head) ? cpioEntries(cursor) : undefined;
  if (entries) await visitEntries(entries, place);
  return entries !== undefined;
}

async function visitPacked(cursor: ByteCursor, place: Place): Promise<boolean> {
  const packing = packingOf(await cursor.peek(headBytes));
  return await withUnpacked(cursor, { packing, meter: place.meter }, (plain) => visitUnpacked(plain, place));
}

/** The files of a Debian package are a tar in it. */
async function visitDeb(cursor: ByteCursor, place: Place): Promise<boolean> {
  for await (const { name, content } of arEntries(cursor)) {
    if (name === 'data.tar' || name.startsWith('data.tar.')) return await visitPacked(content, place);
  }
  throw new GofleetError('oci.broken-archive', 'a Debian package without its files');
}

async function visitArchive(cursor: ByteCursor, place: Place): Promise<boolean> {
  const head = await cursor.peek(headBytes);
  if (isDeb(head)) return await visitDeb(cursor, place);
  if (!isRpm(head)) return await visitPacked(cursor, place);
  if (await visitPacked(await rpmPayload(cursor), place)) return true;
  throw new GofleetError(
    'oci.broken-archive',
    'rpm: expected a cpio archive as payload, found something else',
  );
}

/** Compressed files inside of archives are looked into where layers may be: in the outermost one. */
async function openInner(
  cursor: ByteCursor,
  { meter, depth }: Place,
): Promise<ArchiveContent | GofleetError | undefined> {
  if (depth >= maxDepth) return undefined;
  const head = await cursor.peek(headBytes);
  const isPacked = ['gzip', 'zstd', 'xz'].includes(packingOf(head));
  return isPacked || isTarHeader(head) ? await openArchive(cursor, meter, depth + 1) : undefined;
}

/**
 * The content of an archive that can be read as a stream (tar, cpio, deb, rpm, each however compressed); `undefined` when it is
 * none, an error when nothing of it can be read. Throws nothing but the reason of an abort.
 */
export async function openArchive(
  cursor: ByteCursor,
  meter: UnpackMeter,
  depth = 1,
): Promise<ArchiveContent | GofleetError | undefined> {
  const content = emptyContent();
  try {
    const isArchive = await visitArchive(cursor, { content, meter, depth, open: openInner });
    return isArchive ? content : undefined;
  } catch (thrown) {
    meter.signal?.throwIfAborted();
    if (content.paths.size + content.programs.size === 0) return brokenArchive(thrown);
    content.brokenBy = brokenArchive(thrown);
    return content;
  }
}

/** Where the files of a layout are looked at. */
export function outermostPlace(content: ArchiveContent, meter: UnpackMeter): Place {
  return { content, meter, depth: 1, open: openInner };
}
