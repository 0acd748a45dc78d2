import { GofleetError } from '@gofleet/base/errors';

/** A layer as a manifest names it. */
export interface LayerDescriptor {
  readonly digest: string;
  readonly size?: number;
}

/** What an image of one platform consists of. */
export interface ImageManifest {
  readonly config: LayerDescriptor;
  readonly layers: readonly LayerDescriptor[];
}

interface Platform {
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
}

/** Images by platform. */
export interface ImageIndex {
  readonly manifests: readonly { readonly digest: string; readonly platform?: Platform }[];
}

const isDigest = (value: unknown): boolean =>
  typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value);
const isDescriptor = (value: unknown): boolean => isDigest((value as LayerDescriptor | null)?.digest);
const maxLayers = 1000;

/**
 * A manifest or an index.
 * @throws `oci.malformed-manifest` for anything else, old manifests of schema 1 among it
 * @see OCI image specification, manifest.md and image-index.md
 */
export function parseManifest(text: string): ImageManifest | ImageIndex {
  let value: Partial<ImageManifest & ImageIndex>;
  try {
    value = JSON.parse(text) as Partial<ImageManifest & ImageIndex>;
  } catch (cause) {
    throw new GofleetError('oci.malformed-manifest', 'manifest: expected JSON', { cause });
  }
  const { config, layers, manifests } = value ?? {};
  if (Array.isArray(manifests) && manifests.every(isDescriptor)) return { manifests };
  if (isDescriptor(config) && config && Array.isArray(layers) && layers.every(isDescriptor)) {
    if (layers.length <= maxLayers) return { config, layers };
  }
  throw new GofleetError(
    'oci.malformed-manifest',
    'manifest: expected that of an image or an index of images',
  );
}

const nameOf = ({ os = '', architecture = '', variant }: Platform): string =>
  [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');

/**
 * The digest of the image for a platform (`linux/arm64`, `linux/arm/v7`).
 * @throws `oci.no-such-platform`
 */
export function choosePlatform({ manifests }: ImageIndex, wanted: string): string {
  const known = manifests.map(({ digest, platform = {} }) => ({ digest, name: nameOf(platform) }));
  const found =
    known.find(({ name }) => name === wanted) ?? known.find(({ name }) => name.startsWith(`${wanted}/`));
  if (found) return found.digest;
  const names = known.map(({ name }) => name).filter((name) => !name.startsWith('unknown') && name !== '/');
  throw new GofleetError(
    'oci.no-such-platform',
    `no image for ${wanted}: there are ${names.join(', ') || 'none'}`,
    {
      facts: { wanted },
      hint: 'choose one with --platform',
    },
  );
}
