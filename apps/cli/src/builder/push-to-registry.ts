import type { RelinkResult } from '@gofleet/build/relink';
import { dockerCredentials } from '@gofleet/oci/docker-credentials';
import { parseImageReference } from '@gofleet/oci/image-reference';
import { pushArtefact } from '@gofleet/oci/push-artefact';
import { RegistryClient } from '@gofleet/oci/registry-client';

/** Who pushes, and until when. */
export interface PushOptions {
  /** Docker's folder: what `docker login` left. */
  readonly dockerConfig: string;
  readonly signal?: AbortSignal;
}

/**
 * Pushes relinked executables to a repository, `docker://REGISTRY/REPOSITORY`; answers the reference with its digest.
 * @throws `oci.usage`
 */
export function pushToRegistry(
  reference: string,
  { dockerConfig, signal }: PushOptions,
): (result: RelinkResult, tag: string) => Promise<string> {
  const { registry, repository } = parseImageReference(reference);
  const credentials = dockerCredentials(dockerConfig);
  const client = new RegistryClient(registry, { credentials, ...(signal === undefined ? {} : { signal }) });
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
