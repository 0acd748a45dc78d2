import { GofleetError } from '@gofleet/base/errors';
import { type ArchiveEntry, cutOff } from './archive-entry.ts';
import { type ByteCursor, MemberCursor, take } from './byte-cursor.ts';
import { blockBytes, readPaxRecords, readTarHeader, type TarHeader } from './tar-header.ts';

const maxExtensionBytes = 1 << 20;
/** Names of more than 100 bytes, and everything that pax says, come as members of their own before the member that they are of. */
const extensions = new Set(['x', 'g', 'L', 'K']);

const kinds: Readonly<Record<string, ArchiveEntry['kind']>> = { 0: 'file', 5: 'directory' };

const padded = (size: number): number => Math.ceil(size / blockBytes) * blockBytes;

/** What extensions say of the next member. */
type Extended = { path?: string; target?: string; sizeBytes?: number; isSparse?: boolean };

function applyExtension(extended: Extended, type: string, bytes: Buffer): void {
  if (type === 'L') extended.path = bytes.toString('utf8').replace(/\0.*$/s, '');
  if (type === 'K') extended.target = bytes.toString('utf8').replace(/\0.*$/s, '');
  if (type !== 'x') return;
  const records = readPaxRecords(bytes);
  const [path, target] = [records.get('path'), records.get('linkpath')];
  const size = Number(records.get('size') ?? Number.NaN);
  if (path !== undefined) extended.path = path;
  if (target !== undefined) extended.target = target;
  if (Number.isSafeInteger(size) && size >= 0) extended.sizeBytes = size;
  if ([...records.keys()].some((key) => key.startsWith('GNU.sparse.'))) extended.isSparse = true;
}

/** Reads a tar's blocks; counts them, so that members know where they are. */
class TarReader {
  readonly #cursor: ByteCursor;
  #at = 0;

  constructor(cursor: ByteCursor) {
    this.#cursor = cursor;
  }

  /** The next header; `undefined` at the end: two blocks of zeros, or no more bytes. */
  async header(): Promise<TarHeader | undefined> {
    for (let zeros = 0; zeros < 2; zeros++) {
      const block = await take(this.#cursor, blockBytes);
      this.#at += block.length;
      if (block.length === 0) return undefined;
      if (block.length < blockBytes) throw cutOff('tar');
      const header = readTarHeader(block);
      if (header) return header;
    }
    return undefined;
  }

  async extension(sizeBytes: number): Promise<Buffer> {
    if (sizeBytes > maxExtensionBytes) {
      throw new GofleetError('oci.broken-archive', `tar: an extended header of ${sizeBytes} bytes`);
    }
    const bytes = await take(this.#cursor, padded(sizeBytes));
    this.#at += bytes.length;
    return bytes.subarray(0, sizeBytes);
  }

  /** The member's content, and what passes over the rest of it. */
  member(sizeBytes: number): { content: MemberCursor; finish: () => Promise<void> } {
    const content = new MemberCursor(this.#cursor, sizeBytes, this.#at);
    this.#at += padded(sizeBytes);
    const finish = async () => {
      if (!(await content.finish())) throw cutOff('tar');
      await this.#cursor.skip(padded(sizeBytes) - sizeBytes);
    };
    return { content, finish };
  }
}

/**
 * The members of a tar, in order.
 * @throws `oci.broken-archive`, and what the cursor throws
 */
export async function* tarEntries(cursor: ByteCursor): AsyncGenerator<ArchiveEntry> {
  const tar = new TarReader(cursor);
  let extended: Extended = {};
  for (let header = await tar.header(); header; header = await tar.header()) {
    if (extensions.has(header.type)) {
      applyExtension(extended, header.type, await tar.extension(header.sizeBytes));
      continue;
    }
    const { path: name, sizeBytes, target } = { ...header, ...extended };
    const kind = extended.isSparse ? 'other' : (kinds[header.type] ?? 'other');
    extended = {};
    // Links name a size in some old archives, but nothing follows them.
    const { content, finish } = tar.member('12'.includes(header.type) ? 0 : sizeBytes);
    const link = header.type === '2' ? { target } : header.type === '1' ? { twin: target } : {};
    yield { name, kind, sizeBytes, content, ...link };
    await finish();
  }
}
