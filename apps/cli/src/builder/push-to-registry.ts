import { artefactName } from '@gofleet/build/publish';
import type { RelinkResult } from '@gofleet/build/relink';
import { dockerCredentials } from '@gofleet/oci/docker-credentials';
import { parseImageReference } from '@gofleet/oci/image-reference';
import { pushImage } from '@gofleet/oci/publish-image';
import { RegistryClient } from '@gofleet/oci/registry-client';

/** Who pushes, and until when. */
export interface PushOptions {
  /** Docker's folder: what `docker login` left. */
  readonly dockerConfig: string;
  readonly signal?: AbortSignal;
}

/**
 * Pushes relinked executables to a repository, `docker://REGISTRY/REPOSITORY`, each as an image that nodes can pull; answers the
 * reference with its digest.
 * @throws `oci.usage`
 */
export function pushToRegistry(
  reference: string,
  { dockerConfig, signal }: PushOptions,
): (result: RelinkResult, as: { readonly tag: string; readonly arch: string }) => Promise<string> {
  const { registry, repository } = parseImageReference(reference);
  const credentials = dockerCredentials(dockerConfig);
  const client = new RegistryClient(registry, { credentials, ...(signal === undefined ? {} : { signal }) });
  return async ({ original, artefact, reproduction }, { tag, arch }) => {
    const { path, sha256, goVersion } = artefact;
    const about = { package: original.package, originalSha256: original.sha256, grade: reproduction.grade };
    const program = { ...about, ...{ name: artefactName(original.package), path, sha256, goVersion, arch } };
    return `${registry}/${repository}@${await pushImage({ client, repository, tag }, program)}`;
  };
}
