import { createReadStream } from 'node:fs';
import { mediaTypes, planManifest } from '@gofleet/build/publish';
import type { RelinkResult } from '@gofleet/build/relink';
import { dockerCredentials } from '@gofleet/oci/docker-credentials';
import { parseImageReference } from '@gofleet/oci/image-reference';
import { pushArtefact } from '@gofleet/oci/publish-artefact';
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
    const { goVersion, sizeBytes: size } = artefact;
    const executable = { mediaType: mediaTypes.executable, digest: `sha256:${artefact.sha256}`, size };
    const about = { path: original.package, grade: reproduction.grade, originalSha256: original.sha256 };
    const manifest = planManifest([{ ...about, executable, goVersion }], goVersion, undefined);
    const blob = { ...executable, open: () => createReadStream(artefact.path) };
    return `${registry}/${repository}@${await pushArtefact({ client, repository, tag }, manifest, [blob])}`;
  };
}
