import { join } from 'node:path';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { type ArchiveFind, inspectRegistryImage } from '@gofleet/oci/inspect-registry';
import { createLayerCache } from '@gofleet/oci/layer-cache';
import { ownPlatform, registryAccess } from '../registry-access.ts';
import { version } from '../version.ts';

/** How images in registries are read. */
export interface RegistryScanOptions {
  readonly platform?: string;
  readonly plainHttp?: boolean;
  readonly signal?: AbortSignal;
  readonly onLayer?: (reference: string, layer: { readonly index: number; readonly count: number }) => void;
}

/**
 * The programs of an image in a registry, asked with what `docker login` left, layers remembered in the user's cache.
 * @throws what `inspectRegistryImage` throws
 */
export async function scanRegistryImage(
  reference: string,
  { platform = ownPlatform(), plainHttp = false, signal, onLayer }: RegistryScanOptions = {},
): Promise<ArchiveFind[]> {
  return await inspectRegistryImage(reference, {
    platform,
    ...registryAccess(plainHttp, signal),
    cache: createLayerCache(join(cacheRoot(), 'layers', version)),
    ...(onLayer ? { onLayer: (layer) => onLayer(reference, layer) } : {}),
  });
}
