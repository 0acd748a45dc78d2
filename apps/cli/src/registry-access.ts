import { homedir } from 'node:os';
import { join } from 'node:path';
import { dockerCredentials } from '@gofleet/oci/docker-credentials';
import type { RegistryOptions } from '@gofleet/oci/registry-client';

const goArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** The platform of images for this machine: containers are of Linux, whatever it is. */
export const ownPlatform = (): string => `linux/${goArchitectures[process.arch] ?? process.arch}`;

/** How registries are asked: with what `docker login` left. */
export function registryAccess(plainHttp: boolean, signal: AbortSignal | undefined): RegistryOptions {
  return {
    plainHttp,
    credentials: dockerCredentials(process.env.DOCKER_CONFIG ?? join(homedir(), '.docker')),
    ...(signal ? { signal } : {}),
  };
}
