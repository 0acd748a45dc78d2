import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import type { BinaryFacts } from '@gofleet/identify/binary-facts';
import { describeImages, flattenLayers, type ImageDescription } from './image-layers.ts';
import { emptyContent, readPacked, type TarContent, visitFile } from './read-tar.ts';

/** More than any real image unpacks to. */
const maxUnpackedBytes = 32 * 2 ** 30;

/** The image that a program was found in. */
export type FoundImage = Pick<ImageDescription, 'reference' | 'entrypoint' | 'labels'> & {
  /** Path in the archive of the layer that it comes from. */
  readonly layer: string;
};

/** A program in an archive: what it says of itself, or why it cannot be read. */
export interface ArchiveFind {
  /** Absolute, inside the archive; of an archive in an archive after `!`. */
  readonly path: string;
  readonly found: BinaryFacts | GofleetError;
  readonly image?: FoundImage;
}

function missingLayer(layer: string, found: GofleetError | undefined): GofleetError {
  const why = found?.message ?? 'it is not in the archive';
  return new GofleetError('oci.broken-layer', `layer ${layer}: ${why}`, { facts: { layer } });
}

function* listImage(content: TarContent, description: ImageDescription): Generator<ArchiveFind> {
  const { reference, entrypoint, labels } = description;
  const layers: { name: string; content: TarContent }[] = [];
  for (const name of description.layers) {
    const layer = content.tars.get(name);
    if (layer && !(layer instanceof Error)) layers.push({ name, content: layer });
    const problem = layer instanceof Error ? layer : layer?.brokenBy;
    if (!layer || problem) yield { path: name, found: missingLayer(name, problem) };
  }
  for (const { path, layer, found } of flattenLayers(layers)) {
    yield { path, found, image: { reference, layer, entrypoint, labels } };
  }
}

function* listTar(content: TarContent, prefix = ''): Generator<ArchiveFind> {
  for (const [path, found] of content.programs) yield { path: `${prefix}${path}`, found };
  for (const [path, inner] of content.tars) {
    if (inner instanceof Error) yield { path: `${prefix}${path}`, found: inner };
    else {
      yield* listTar(inner, `${prefix}${path}!`);
      if (inner.brokenBy) yield { path: `${prefix}${path}`, found: inner.brokenBy };
    }
  }
}

function listAll(content: TarContent): ArchiveFind[] {
  const images = describeImages(content);
  const finds =
    images.length === 0 ? [...listTar(content)] : images.flatMap((image) => [...listImage(content, image)]);
  return content.brokenBy ? [...finds, { path: '/', found: content.brokenBy }] : finds;
}

const streamOptions = { highWaterMark: 1 << 18 };

/**
 * The Go programs in a tar (plain, gzip, zstd), read once as a stream, nothing unpacked to disk. In an image (docker-archive,
 * OCI layout) those that a container sees, with entry point and labels. `undefined` when the file is no such archive.
 * @throws `oci.broken-archive`, `oci.oversized-archive`
 */
export async function inspectArchive(path: string): Promise<ArchiveFind[] | undefined> {
  const stream = createReadStream(path, streamOptions);
  const content = await readPacked(stream, { leftBytes: maxUnpackedBytes });
  stream.destroy();
  if (content instanceof Error) throw content;
  return content && listAll(content);
}

/** The Go programs that containers of the images in an OCI layout see, as {@link inspectArchive} has them. */
export async function inspectLayout(directory: string): Promise<ArchiveFind[]> {
  const [content, budget] = [emptyContent(), { leftBytes: maxUnpackedBytes }];
  const names = await readdir(directory, { recursive: true });
  for (const name of names.sort()) {
    const path = join(directory, name);
    const { size: sizeBytes } = await stat(path).then((found) => (found.isFile() ? found : { size: -1 }));
    if (sizeBytes < 0) continue;
    const source = createReadStream(path, streamOptions);
    await visitFile(`/${name}`, { source, sizeBytes }, { content, budget, depth: 1 });
    source.destroy();
  }
  return listAll(content);
}
