import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { GofleetError } from '@gofleet/base/errors';
import { type ArchiveContent, brokenArchive, emptyContent } from './archive-content.ts';
import { type FileCursor, withFileCursor } from './file-cursor.ts';
import { describeImages } from './image-layers.ts';
import { type ArchiveFind, listImage } from './list-image.ts';
import { openArchive, outermostPlace } from './open-archive.ts';
import { type UnpackLimits, UnpackMeter } from './unpack.ts';
import { visitEntries, visitFile } from './visit-entries.ts';

function* listArchive(content: ArchiveContent, prefix = ''): Generator<ArchiveFind> {
  for (const [path, found] of content.programs) yield { path: `${prefix}${path}`, found };
  for (const [path, inner] of content.archives) {
    if (inner instanceof Error) yield { path: `${prefix}${path}`, found: inner };
    else {
      yield* listArchive(inner, `${prefix}${path}!`);
      if (inner.brokenBy) yield { path: `${prefix}${path}`, found: inner.brokenBy };
    }
  }
}

function listAll(content: ArchiveContent): ArchiveFind[] {
  const images = describeImages(content);
  const finds =
    images.length === 0
      ? [...listArchive(content)]
      : images.flatMap((image) => [...listImage(content, image)]);
  return content.brokenBy ? [...finds, { path: '/', found: content.brokenBy }] : finds;
}

export type { ArchiveFind, FoundImage } from './list-image.ts';

const isZip = (head: Uint8Array): boolean =>
  ['504b0304', '504b0506'].includes(Buffer.from(head.subarray(0, 4)).toString('hex'));

async function openZip(path: string, meter: UnpackMeter): Promise<ArchiveContent | GofleetError> {
  const { zipEntries } = await import('./zip-entries.ts');
  const content = emptyContent();
  try {
    await visitEntries(zipEntries(path, meter), outermostPlace(content, meter));
  } catch (thrown) {
    meter.signal?.throwIfAborted();
    if (content.paths.size + content.programs.size === 0) return brokenArchive(thrown);
    content.brokenBy = brokenArchive(thrown);
  }
  return content;
}

async function open(path: string, cursor: FileCursor, meter: UnpackMeter): ReturnType<typeof openArchive> {
  return isZip(await cursor.peek(4)) ? await openZip(path, meter) : await openArchive(cursor, meter);
}

/** How an archive is read. */
export interface ArchiveOptions {
  readonly limits?: UnpackLimits;
  readonly signal?: AbortSignal;
}

/**
 * The Go programs in an archive: tar, cpio, deb, rpm and zip, however compressed, nothing unpacked to disk. In an image
 * (docker-archive, OCI layout) those that a container sees, with entry point and labels. `undefined` when the file is no archive.
 * @throws `oci.broken-archive`, `oci.oversized-archive`, `oci.unknown-compression`, and the reason of an abort
 */
export async function inspectArchive(
  path: string,
  { limits, signal }: ArchiveOptions = {},
): Promise<ArchiveFind[] | undefined> {
  const meter = new UnpackMeter(limits, signal);
  const content = await withFileCursor(path, (cursor) => open(path, cursor, meter));
  if (content instanceof Error) throw content;
  return content && listAll(content);
}

/** The Go programs that containers of the images in an OCI layout see, as {@link inspectArchive} has them. */
export async function inspectLayout(
  directory: string,
  { limits, signal }: ArchiveOptions = {},
): Promise<ArchiveFind[]> {
  const [content, meter] = [emptyContent(), new UnpackMeter(limits, signal)];
  const place = outermostPlace(content, meter);
  const names = await readdir(directory, { recursive: true });
  for (const name of names.sort()) {
    const path = join(directory, name);
    const { size: sizeBytes } = await stat(path).then((found) => (found.isFile() ? found : { size: -1 }));
    if (sizeBytes < 0) continue;
    await withFileCursor(path, (cursor) => visitFile(`/${name}`, { content: cursor, sizeBytes }, place));
  }
  return listAll(content);
}
