import { GofleetError } from '@gofleet/base/errors';
import { type ArchiveEntry, cutOff } from './archive-entry.ts';
import { type ByteCursor, MemberCursor, take } from './byte-cursor.ts';

const headerBytes = 110;
const maxNameBytes = 1 << 16;
const [fileTypeMask, regular, directory] = [0o170000, 0o100000, 0o040000];

/** Whether an archive begins like a cpio of the new format, with or without checksums. */
export function isCpio(head: Uint8Array): boolean {
  return /^07070[12]/.test(Buffer.from(head.subarray(0, 6)).toString('latin1'));
}

function kindOf(mode: number): ArchiveEntry['kind'] {
  const type = mode & fileTypeMask;
  return type === regular ? 'file' : type === directory ? 'directory' : 'other';
}

const padding = (at: number): number => (4 - (at % 4)) % 4;

interface CpioHeader {
  readonly mode: number;
  readonly sizeBytes: number;
  readonly nameBytes: number;
}

/** Thirteen numbers of eight hexadecimal digits behind the magic. */
function readHeader(bytes: Buffer): CpioHeader {
  if (bytes.length < headerBytes) throw cutOff('cpio');
  const text = bytes.toString('latin1');
  const field = (index: number): number => Number.parseInt(text.slice(6 + 8 * index, 14 + 8 * index), 16);
  const header = { mode: field(1), sizeBytes: field(6), nameBytes: field(11) };
  if (
    isCpio(bytes) &&
    Object.values(header).every(Number.isSafeInteger) &&
    header.nameBytes <= maxNameBytes
  ) {
    return header;
  }
  const why = text.startsWith('07070X')
    ? 'the form for files of more than 4 GiB, which is not read'
    : 'no header';
  throw new GofleetError('oci.broken-archive', `cpio: expected a header, found ${why}`);
}

/**
 * The members of a cpio archive of the new format: what rpm packages and initial RAM disks hold.
 * @throws `oci.broken-archive`, and what the cursor throws
 * @see cpio(5), "New ASCII Format"
 */
export async function* cpioEntries(cursor: ByteCursor): AsyncGenerator<ArchiveEntry> {
  let at = 0;
  for (;;) {
    const { mode, sizeBytes, nameBytes } = readHeader(await take(cursor, headerBytes));
    const name = (await take(cursor, nameBytes)).toString('utf8').replace(/\0.*$/s, '');
    at += headerBytes + nameBytes;
    at += await cursor.skip(padding(at));
    if (name === 'TRAILER!!!') return;
    const content = new MemberCursor(cursor, sizeBytes, at);
    yield { name, kind: kindOf(mode), sizeBytes, content };
    if (!(await content.finish())) throw cutOff('cpio');
    at += sizeBytes;
    at += await cursor.skip(padding(at));
  }
}
