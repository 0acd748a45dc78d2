import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { type ArtefactManifest, emptyConfig, mediaTypes } from '@gofleet/build/publish';
import type { RegistryClient } from './registry-client.ts';
import { type Descriptor, type PushedBlob, pushBlob, pushManifest } from './registry-push.ts';

/** A repository of a registry that is pushed to. */
export interface PushTarget {
  readonly client: RegistryClient;
  readonly repository: string;
  /** Default: none, so that only its digest names what is pushed. */
  readonly tag?: string;
}

/** The registry's own refusal, in terms of the push. */
export function pushRefused({ client: { registry }, repository }: PushTarget, thrown: unknown): unknown {
  const isRefusal = isGofleetError(thrown) && /^oci\.(?:registry-refused|not-in-registry)$/.test(thrown.code);
  if (!isRefusal) return thrown;
  const { facts, retry, message } = thrown;
  return new GofleetError('oci.push-refused', `${repository} cannot be pushed to: ${message}`, {
    facts: { ...facts, registry, repository },
    retry,
    hint: `see that ${registry} takes pushes to ${repository} and knows OCI artefacts, name another repository with --push, or write a layout with --oci`,
    cause: thrown,
  });
}

/** The configuration that every artefact has. */
const emptyBlob: PushedBlob = { ...emptyConfig, open: () => Buffer.from('{}') };

/**
 * Pushes what every artefact needs, so that a registry that refuses says so before anything is built.
 * @throws `oci.push-refused`, `oci.registry-unauthorised`, `oci.registry-unreachable`
 */
export async function preparePush(target: PushTarget): Promise<void> {
  await pushBlob(target.client, target.repository, emptyBlob).catch((thrown: unknown) => {
    throw pushRefused(target, thrown);
  });
}

interface Referrers {
  readonly manifests: readonly (Descriptor & { readonly artifactType?: string })[];
}

/** What refers to a manifest already; a registry without the referrers API keeps that under a tag. */
async function readReferrers({ client, repository }: PushTarget, tag: string): Promise<Referrers> {
  try {
    return JSON.parse(String((await client.manifest(repository, tag)).bytes)) as Referrers;
  } catch (thrown) {
    if (isGofleetError(thrown) && thrown.code === 'oci.not-in-registry') return { manifests: [] };
    throw thrown;
  }
}

/** @see OCI distribution specification, "Pushing Manifests with Subject" and "Referrers Tag Schema" (1.1) */
async function listAsReferrer(
  target: PushTarget,
  { subject, artifactType, annotations }: ArtefactManifest,
  { mediaType, digest, size }: Descriptor,
): Promise<void> {
  if (!subject) return;
  const version = subject.digest.replace(':', '-');
  const { manifests = [] } = await readReferrers(target, version);
  if (manifests.some((known) => known.digest === digest)) return;
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [...manifests, { mediaType, digest, size, artifactType, annotations }],
  };
  await pushManifest(target.client, { repository: target.repository, version }, index);
}

/**
 * Pushes an artefact and, where the registry does not do so itself, lists it among what refers to its subject.
 * @returns its manifest's digest
 * @throws `oci.push-refused`, `oci.registry-unauthorised`, `oci.registry-unreachable`
 */
export async function pushArtefact(
  target: PushTarget,
  manifest: ArtefactManifest,
  blobs: readonly PushedBlob[],
): Promise<string> {
  const { client, repository, tag } = target;
  try {
    for (const blob of [emptyBlob, ...blobs]) await pushBlob(client, repository, blob);
    const { subject, ...pushed } = await pushManifest(
      client,
      { repository, ...(tag === undefined ? {} : { version: tag }) },
      manifest,
    );
    if (subject === undefined) await listAsReferrer(target, manifest, pushed);
    return pushed.digest;
  } catch (thrown) {
    throw pushRefused(target, thrown);
  }
}
