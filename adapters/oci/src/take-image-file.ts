import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GofleetError } from '@gofleet/base/errors';
import type { ArchiveEntry } from './archive-entry.ts';
import { type ByteCursor, StreamCursor } from './byte-cursor.ts';
import { findImage } from './find-image.ts';
import { parseImageReference } from './image-reference.ts';
import { ImageTree, imagePath, type PlacedFile } from './image-tree.ts';
import { RegistryClient, type RegistryOptions } from './registry-client.ts';
import { tarEntries } from './tar-entries.ts';
import { packingOf, UnpackMeter, withUnpacked } from './unpack.ts';

/** One file of an image in a registry. */
export interface WantedImageFile {
  /** `docker://REGISTRY/REPOSITORY[:TAG][@DIGEST]`. */
  readonly image: string;
  /** Absolute, as a container of the image has it; links are followed inside the image. */
  readonly path: string;
  /** Where it is written on this machine. */
  readonly target: string;
  /** A larger file is refused. */
  readonly maxBytes: number;
  /** `linux/amd64`; chooses from an index. */
  readonly platform: string;
}

/** Where the file was found. */
export interface TakenImageFile {
  /** Of the manifest or index that the reference names. */
  readonly digest: string;
  /** Without links, as the image's layers have it. */
  readonly path: string;
}

const chunkBytes = 1 << 20;

async function* bounded(cursor: ByteCursor, { maxBytes, path, image }: WantedImageFile) {
  let sizeBytes = 0;
  for (;;) {
    const chunk = await cursor.next(chunkBytes);
    if (chunk.length === 0) return;
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes)
      throw new GofleetError('oci.oversized-file', `${path} of ${image}: more than ${maxBytes} bytes`, {
        facts: { path, image, maxBytes },
        hint: 'name a smaller file; a library need not carry its debugging information',
      });
    yield Buffer.from(chunk);
  }
}

/** Shows the entries of a layer, and reads it to its end: only then its digest is known to be right. */
async function readLayer<T>(
  blob: AsyncIterable<Uint8Array>,
  meter: UnpackMeter,
  use: (entries: AsyncIterable<ArchiveEntry>) => Promise<T>,
): Promise<T> {
  const cursor = new StreamCursor(blob);
  const packing = packingOf(await cursor.peek(512));
  const made = await withUnpacked(cursor, { packing, meter }, (plain) => use(tarEntries(plain)));
  await cursor.skip(Number.MAX_SAFE_INTEGER);
  return made;
}

async function writeFrom(
  entries: AsyncIterable<ArchiveEntry>,
  found: PlacedFile,
  wanted: WantedImageFile,
): Promise<boolean> {
  for await (const { name, kind, content } of entries) {
    if (kind !== 'file' || imagePath(name) !== found.path) continue;
    await pipeline(Readable.from(bounded(content, wanted)), createWriteStream(wanted.target));
    return true;
  }
  return false;
}

/**
 * The digest of the manifest or index that a reference names now.
 * @throws `oci.usage`, and what `RegistryClient` throws
 */
export async function findImageDigest(image: string, options: RegistryOptions): Promise<string> {
  const { registry, repository, version } = parseImageReference(image);
  return (await new RegistryClient(registry, options).manifest(repository, version)).digest;
}

/**
 * Writes one file of an image to this machine. Layers are read as streams, twice the one that holds the file: nothing else is kept.
 * @throws `oci.no-such-file`, `oci.oversized-file`, `oci.broken-layer`, `oci.oversized-archive`, `oci.broken-archive`, `oci.usage`,
 * `oci.no-such-platform`, and what `RegistryClient` throws
 */
export async function takeImageFile(
  wanted: WantedImageFile,
  options: RegistryOptions,
): Promise<TakenImageFile> {
  const { image, path, platform } = wanted;
  const reference = parseImageReference(image);
  const client = new RegistryClient(reference.registry, options);
  const { repository } = reference;
  const { digest, layers } = await findImage(client, reference, platform);
  const meter = new UnpackMeter(undefined, options.signal);
  const tree = new ImageTree();
  for (const layer of layers)
    await readLayer(client.blob(repository, layer.digest), meter, (entries) => tree.addLayer(entries));
  const found = tree.find(path);
  const layer = found && layers[found.layer];
  if (!found || !layer)
    throw new GofleetError('oci.no-such-file', `${image} has no file ${path}`, {
      facts: { image, path, digest },
      hint: 'look what it has: ls in a container of it; links are followed inside the image',
    });
  const blob = client.blob(repository, layer.digest);
  const isWritten = await readLayer(blob, meter, (entries) => writeFrom(entries, found, wanted));
  if (isWritten) return { digest, path: found.path };
  throw new GofleetError('oci.broken-layer', `layer ${layer.digest}: ${found.path} is there no more`, {
    facts: { layer: layer.digest, path: found.path },
  });
}
