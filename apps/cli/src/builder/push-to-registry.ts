import { homedir } from 'node:os';
import { join } from 'node:path';
import type { RelinkResult } from '@gofleet/build/relink';
import { dockerCredentials } from '@gofleet/oci/docker-credentials';
import { parseImageReference } from '@gofleet/oci/image-reference';
import { pushArtefact } from '@gofleet/oci/push-artefact';
import { RegistryClient } from '@gofleet/oci/registry-client';

/**
 * Pushes relinked executables to a repository, `docker://REGISTRY/REPOSITORY`, with what `docker login` left.
 * @throws `oci.usage`
 */
export function pushToRegistry(
  reference: string,
  signal: AbortSignal,
): (result: RelinkResult, tag: string) => Promise<string> {
  const { registry, repository } = parseImageReference(reference);
  const credentials = dockerCredentials(process.env.DOCKER_CONFIG ?? join(homedir(), '.docker'));
  const client = new RegistryClient(registry, { credentials, signal });
  return async ({ original, artefact, reproduction }, tag) => {
    const { path, sha256, sizeBytes, goVersion } = artefact;
    const about = {
      title: original.package,
      goVersion,
      grade: reproduction.grade,
      original: original.sha256,
    };
    const { digest } = await pushArtefact(client, { repository, tag }, [
      { path, sha256, sizeBytes, ...about },
    ]);
    return `${registry}/${repository}@${digest}`;
  };
}
