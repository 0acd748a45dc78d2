import { homedir } from 'node:os';
import { join } from 'node:path';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { dockerCredentials } from '@gofleet/oci/docker-credentials';
import { type ArchiveFind, inspectRegistryImage } from '@gofleet/oci/inspect-registry';
import { createLayerCache } from '@gofleet/oci/layer-cache';
import { version } from '../version.ts';

/** How images in registries are read. */
export interface RegistryScanOptions {
  readonly platform?: string;
  readonly plainHttp?: boolean;
  readonly signal?: AbortSignal;
  readonly onLayer?: (reference: string, layer: { readonly index: number; readonly count: number }) => void;
}

const goArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** Containers are of Linux, whatever this machine is. */
const ownPlatform = (): string => `linux/${goArchitectures[process.arch] ?? process.arch}`;

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
    plainHttp,
    credentials: dockerCredentials(process.env.DOCKER_CONFIG ?? join(homedir(), '.docker')),
    cache: createLayerCache(join(cacheRoot(), 'layers', version)),
    ...(signal ? { signal } : {}),
    ...(onLayer ? { onLayer: (layer) => onLayer(reference, layer) } : {}),
  });
}
