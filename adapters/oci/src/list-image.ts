import { GofleetError } from '@gofleet/base/errors';
import type { BinaryFacts } from '@gofleet/identify/binary-facts';
import type { ArchiveContent } from './archive-content.ts';
import { flattenLayers, type ImageDescription } from './image-layers.ts';

/** The image that a program was found in. */
export type FoundImage = Pick<ImageDescription, 'reference' | 'entrypoint' | 'labels'> & {
  /** The layer that it comes from: its path in the archive, its digest in a registry. */
  readonly layer: string;
  /** `sha256:…` of the manifest, where a registry names it. */
  readonly digest?: string;
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

/** The programs that a container of an image sees, and the layers that are missing or broken. */
export function* listImage(
  { archives, links }: Pick<ArchiveContent, 'archives' | 'links'>,
  description: ImageDescription & { readonly digest?: string },
): Generator<ArchiveFind> {
  const { layers: names, ...image } = description;
  const layers: { name: string; content: ArchiveContent }[] = [];
  for (const name of names) {
    const layer = archives.get(links.get(name) ?? name);
    if (layer && !(layer instanceof Error)) layers.push({ name, content: layer });
    const problem = layer instanceof Error ? layer : layer?.brokenBy;
    if (!layer || problem) yield { path: name, found: missingLayer(name, problem) };
  }
  for (const { path, layer, found } of flattenLayers(layers)) {
    yield { path, found, image: { ...image, layer } };
  }
}
