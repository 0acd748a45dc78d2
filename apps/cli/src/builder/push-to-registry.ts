import { artefactName, mediaTypes, planReferrer, type StoredContent } from '@gofleet/build/publish';
import type { Push } from '@gofleet/builder/publisher';
import { dockerCredentials } from '@gofleet/oci/docker-credentials';
import { parseImageReference } from '@gofleet/oci/image-reference';
import { type PushTarget, pushArtefact } from '@gofleet/oci/publish-artefact';
import { pushImage } from '@gofleet/oci/publish-image';
import { RegistryClient } from '@gofleet/oci/registry-client';
import { blobOf } from '@gofleet/oci/registry-push';

/** Who pushes, and until when. */
export interface PushOptions {
  /** Docker's folder: what `docker login` left. */
  readonly dockerConfig: string;
  readonly signal?: AbortSignal;
}

/** Hangs an attestation under an image; answers its manifest's digest. */
async function pushAttestation(
  { client, repository }: PushTarget,
  envelope: string,
  about: { readonly subject: StoredContent; readonly executable: string },
): Promise<string> {
  const blob = blobOf(mediaTypes.attestation, Buffer.from(envelope));
  const { open: _, ...stored } = blob;
  return await pushArtefact({ client, repository }, planReferrer(stored, about), [blob]);
}

/**
 * Pushes relinked executables to a repository, `docker://REGISTRY/REPOSITORY`, each as an image that nodes can pull, with its attestation
 * as what refers to it; answers the references with their digests.
 * @throws `oci.usage`
 */
export function pushToRegistry(reference: string, { dockerConfig, signal }: PushOptions): Push {
  const { registry, repository } = parseImageReference(reference);
  const credentials = dockerCredentials(dockerConfig);
  const client = new RegistryClient(registry, { credentials, ...(signal === undefined ? {} : { signal }) });
  const at = (digest: string): string => `${registry}/${repository}@${digest}`;
  return async ({ original, artefact, reproduction }, { tag, arch, attestation }) => {
    const { path, sha256, goVersion } = artefact;
    const told = { package: original.package, originalSha256: original.sha256, grade: reproduction.grade };
    const program = { ...told, ...{ name: artefactName(original.package), path, sha256, goVersion, arch } };
    const subject = await pushImage({ client, repository, tag }, program);
    if (attestation === undefined) return { image: at(subject.digest) };
    const about = { subject, executable: sha256 };
    const digest = await pushAttestation({ client, repository }, attestation, about);
    return { image: at(subject.digest), attestation: at(digest) };
  };
}
