import { type ArchiveEntry, cutOff } from './archive-entry.ts';
import { type ByteCursor, MemberCursor, take } from './byte-cursor.ts';

const magic = '!<arch>\n';
const headerBytes = 60;

/**
 * The members of an ar archive: Debian packages are such.
 * @throws `oci.broken-archive`, and what the cursor throws
 * @see ar(5), deb(5)
 */
export async function* arEntries(cursor: ByteCursor): AsyncGenerator<ArchiveEntry> {
  let at = await cursor.skip(magic.length);
  for (;;) {
    const header = (await take(cursor, headerBytes)).toString('latin1');
    if (header.length === 0) return;
    const sizeBytes = Number(header.slice(48, 58).trim());
    if (header.length < headerBytes || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw cutOff('ar');
    const name = header.slice(0, 16).trim().replace(/\/$/, '');
    const content = new MemberCursor(cursor, sizeBytes, at + headerBytes);
    yield { name, kind: 'file', sizeBytes, content };
    if (!(await content.finish())) throw cutOff('ar');
    await cursor.skip(sizeBytes % 2);
    at += headerBytes + sizeBytes + (sizeBytes % 2);
  }
}
