import type { GofleetError } from '@gofleet/base/errors';
import { type ArchiveContent, brokenArchive } from './archive-content.ts';
import { StreamCursor } from './byte-cursor.ts';
import { findImage } from './find-image.ts';
import { describeImage } from './image-layers.ts';
import { parseImageReference } from './image-reference.ts';
import type { LayerCache } from './layer-cache.ts';
import { type ArchiveFind, listImage } from './list-image.ts';
import { openArchive } from './open-archive.ts';
import { RegistryClient, type RegistryOptions } from './registry-client.ts';
import { type UnpackLimits, UnpackMeter } from './unpack.ts';

export { isImageReference } from './image-reference.ts';
export type { ArchiveFind } from './list-image.ts';

/** How an image in a registry is read. */
export interface RegistryImageOptions extends RegistryOptions {
  readonly cache: LayerCache;
  /** `linux/amd64`; chooses from an index. */
  readonly platform: string;
  readonly limits?: UnpackLimits;
  /** Hears of each layer that is about to be read. */
  readonly onLayer?: (layer: { readonly index: number; readonly count: number }) => void;
}

/** Archives in layers are files like any other. */
const layerDepth = 2;

/** Reads a layer to its end, for only then its digest is known to be right. */
async function readLayer(
  blob: AsyncIterable<Uint8Array>,
  meter: UnpackMeter,
): Promise<ArchiveContent | GofleetError> {
  try {
    const cursor = new StreamCursor(blob);
    const content = await openArchive(cursor, meter, layerDepth);
    await cursor.skip(Number.MAX_SAFE_INTEGER);
    return content ?? brokenArchive('it is no tar, compressed or not');
  } catch (thrown) {
    meter.signal?.throwIfAborted();
    return brokenArchive(thrown);
  }
}

/**
 * The Go programs that a container of an image in a registry sees (`docker://REGISTRY/REPOSITORY:TAG`), as `inspectArchive` has them.
 * Layers are read as streams and remembered; a broken one is a find with its error.
 * @throws `oci.usage`, `oci.no-such-platform`, `oci.malformed-manifest`, `oci.digest-mismatch`, what `RegistryClient` throws, and
 * the reason of an abort
 */
export async function inspectRegistryImage(
  text: string,
  { cache, platform, limits, onLayer, ...options }: RegistryImageOptions,
): Promise<ArchiveFind[]> {
  const reference = parseImageReference(text);
  const client = new RegistryClient(reference.registry, options);
  const { repository } = reference;
  const { digest, config, layers } = await findImage(client, reference, platform);
  const imageConfig = String(await client.smallBlob(repository, config.digest));
  const archives = new Map<string, ArchiveContent | GofleetError>();
  for (const [index, layer] of layers.entries()) {
    if (archives.has(layer.digest)) continue;
    const known = await cache.get(layer.digest);
    if (known === undefined) onLayer?.({ index, count: layers.length });
    const meter = new UnpackMeter(limits, options.signal);
    const content = known ?? (await readLayer(client.blob(repository, layer.digest), meter));
    archives.set(layer.digest, content);
    if (!known && !(content instanceof Error) && !content.brokenBy) await cache.put(layer.digest, content);
  }
  const names = layers.map((layer) => layer.digest);
  return [
    ...listImage(
      { archives, links: new Map() },
      { ...describeImage(imageConfig, { reference: text, layers: names }), digest },
    ),
  ];
}
