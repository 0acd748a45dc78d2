import { GofleetError } from '@gofleet/base/errors';
import { choosePlatform, type ImageManifest, parseManifest } from './image-manifest.ts';
import type { RegistryClient, StoredManifest } from './registry-client.ts';
import type { Descriptor } from './registry-push.ts';

/** The image of one platform. */
export interface FoundManifest extends ImageManifest {
  /** Of the manifest or index that the reference names. */
  readonly digest: string;
  /** The image's own manifest. */
  readonly manifest: Descriptor;
}

/** What a manifest is when it does not say so. */
const usualType = 'application/vnd.oci.image.manifest.v1+json';

function describe({ digest, bytes }: StoredManifest): Descriptor {
  const { mediaType } = JSON.parse(String(bytes)) as { mediaType?: unknown };
  return { mediaType: typeof mediaType === 'string' ? mediaType : usualType, digest, size: bytes.length };
}

/**
 * The image that a reference means on a platform.
 * @throws `oci.no-such-platform`, `oci.malformed-manifest`, `oci.digest-mismatch`, what `RegistryClient` throws
 */
export async function findImage(
  client: RegistryClient,
  { repository, version }: { readonly repository: string; readonly version: string },
  platform: string,
): Promise<FoundManifest> {
  const named = await client.manifest(repository, version);
  const { digest } = named;
  const manifest = parseManifest(String(named.bytes));
  if (!('manifests' in manifest)) return { ...manifest, digest, manifest: describe(named) };
  const chosen = await client.manifest(repository, choosePlatform(manifest, platform));
  const inner = parseManifest(String(chosen.bytes));
  if (!('manifests' in inner)) return { ...inner, digest, manifest: describe(chosen) };
  throw new GofleetError('oci.malformed-manifest', 'manifest: an index in an index is not read');
}
