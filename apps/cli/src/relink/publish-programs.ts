import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { GofleetError } from '@gofleet/base/errors';
import {
  type ArtefactManifest,
  mediaTypes,
  type PublishedProgram,
  planManifest,
  type StoredContent,
} from '@gofleet/build/publish';
import { imageRepository } from '@gofleet/oci/image-reference';
import { preparePush, pushArtefact } from '@gofleet/oci/publish-artefact';
import { RegistryClient, type RegistryOptions } from '@gofleet/oci/registry-client';
import { blobOf, type PushedBlob } from '@gofleet/oci/registry-push';
import { prepareLayout, writeLayout } from '@gofleet/oci/write-layout';
import type { RelinkedProgram } from './relink-image.ts';

/** Where relinked programs go. */
export interface PublishChoice {
  readonly image: string;
  /** A repository as `docker://REGISTRY/REPOSITORY`, or `true` for the image's own. */
  readonly push?: string | true;
  /** Directory of an OCI layout. */
  readonly oci?: string;
  readonly access: RegistryOptions;
}

/** Where they are. */
export interface Published {
  /** `docker://REGISTRY/REPOSITORY`, or the directory of a layout. */
  readonly place: string;
  /** `sha256:…` of the artefact's manifest. */
  readonly digest: string;
}

type Publisher = (programs: readonly RelinkedProgram[], subject?: StoredContent) => Promise<Published>;

interface Content {
  readonly manifest: ArtefactManifest;
  readonly blobs: readonly PushedBlob[];
}

async function blobsOf(program: RelinkedProgram): Promise<readonly [PushedBlob, PushedBlob]> {
  const { artefact, attestation } = program;
  const executable = {
    ...{ mediaType: mediaTypes.executable, digest: `sha256:${artefact.sha256}`, size: artefact.sizeBytes },
    open: () => createReadStream(artefact.path),
  };
  return [executable, blobOf(mediaTypes.attestation, await readFile(attestation.path))];
}

const referTo = ({ mediaType, digest, size }: PushedBlob): StoredContent => ({ mediaType, digest, size });

async function contentOf(programs: readonly RelinkedProgram[], subject?: StoredContent): Promise<Content> {
  const blobs: PushedBlob[] = [];
  const published: PublishedProgram[] = [];
  for (const program of programs) {
    const { path, artefact, original } = program;
    const [executable, attestation] = await blobsOf(program);
    blobs.push(executable, attestation);
    published.push({
      ...{ path, executable: referTo(executable), attestation: referTo(attestation) },
      ...{ grade: artefact.grade, goVersion: artefact.goVersion, originalSha256: original.sha256 },
    });
  }
  const goVersion = programs[0]?.artefact.goVersion ?? '';
  return { manifest: planManifest(published, goVersion, subject), blobs };
}

async function openPush({ image, push, access }: PublishChoice): Promise<Publisher> {
  const named = typeof push === 'string' ? push : image;
  const place = imageRepository(named);
  if (place === undefined) {
    throw new GofleetError('cli.usage', `--push: expected docker://REGISTRY/REPOSITORY, found "${named}"`, {
      hint: 'name a repository with --push, or write a layout with --oci DIR',
    });
  }
  const { registry, repository } = place;
  const target = { client: new RegistryClient(registry, access), repository };
  await preparePush(target);
  // What refers to an image lies in its repository; elsewhere there is no such image to refer to.
  const own = imageRepository(image);
  const isOwn = own?.registry === registry && own.repository === repository;
  return async (programs, subject) => {
    const { manifest, blobs } = await contentOf(programs, isOwn ? subject : undefined);
    const digest = await pushArtefact(target, manifest, blobs);
    return { place: `docker://${registry}/${repository}`, digest };
  };
}

/**
 * What publishes relinked programs, after a look whether it may; `undefined` when nobody asked for it.
 * @throws `cli.usage`, `oci.usage`, `oci.push-refused`, `oci.registry-unauthorised`, `oci.registry-unreachable`, `oci.not-a-layout`,
 * `filesystem.…`
 */
export async function openPublisher(choice: PublishChoice): Promise<Publisher | undefined> {
  const { push, oci } = choice;
  if (push !== undefined) return openPush(choice);
  if (oci === undefined) return undefined;
  await prepareLayout(oci);
  return async (programs, subject) => {
    const { manifest, blobs } = await contentOf(programs, subject);
    return { place: oci, digest: await writeLayout(oci, manifest, blobs) };
  };
}
