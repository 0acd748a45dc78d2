import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { PassThrough, type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack, type Header as TarHeader } from 'tar-stream';
import type { LayerEntry } from './layer-entries.ts';

type Header = Partial<TarHeader> & Pick<TarHeader, 'name'>;

const epoch = new Date(0);

/** Writes the entries as a tar at `path`; answers its sha256 (hex) and its size in bytes. */
export async function writeLayer(
  entries: LayerEntry[],
  path: string,
): Promise<{ digest: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      done(null, chunk);
    },
  });
  const tar = pack();
  const written = pipeline(tar.pipe(new PassThrough()), measure, createWriteStream(path));
  await Promise.all([written, fillLayer(tar, entries)]);
  return { digest: hash.digest('hex'), sizeBytes };
}

/** The tar of the entries, made while it is read; equal entries give equal bytes. */
export function openLayer(entries: readonly LayerEntry[]): AsyncIterable<Buffer> {
  const tar = pack();
  const read = tar.pipe(new PassThrough());
  tar.on('error', (error) => read.destroy(error));
  // It has destroyed the tar, which is what is told.
  fillLayer(tar, entries).catch(() => undefined);
  return read;
}

async function fillLayer(tar: Pack, entries: readonly LayerEntry[]): Promise<void> {
  try {
    for (const entry of entries) await addEntry(tar, entry);
    tar.finalize();
  } catch (error) {
    tar.destroy(error as Error);
    throw error;
  }
}

async function addEntry(tar: Pack, entry: LayerEntry): Promise<void> {
  const { name, mode, uid, gid, content } = entry;
  const header: Header = { name, mode, uid, gid };
  if (content.kind === 'directory') return addBytes(tar, { ...header, name: `${name}/`, type: 'directory' });
  if (content.kind === 'symlink')
    return addBytes(tar, { ...header, type: 'symlink', linkname: content.target });
  if (content.kind === 'bytes') return addBytes(tar, header, content.bytes);
  await addFile(tar, { ...header, size: content.sizeBytes }, createReadStream(content.source));
}

/** Adds an entry whose content is at hand; the time is always 1970. */
export function addBytes(tar: Pack, header: Header, bytes: Buffer = Buffer.alloc(0)): Promise<void> {
  return new Promise((resolve, reject) => {
    tar.entry({ ...header, mtime: epoch }, bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** Adds an entry from a stream that gives exactly `header.size` bytes; the time is always 1970. */
export function addFile(tar: Pack, header: Header, from: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    const entry = tar.entry({ ...header, mtime: epoch }, (error) => (error ? reject(error) : resolve()));
    from.on('error', (error) => {
      entry.destroy(error);
      reject(error);
    });
    from.pipe(entry);
  });
}
