import { createReadStream } from 'node:fs';
import type { RegistryClient } from './registry-client.ts';
import { blobOf, type Descriptor, type PushedBlob, pushBlob, pushManifest } from './registry-push.ts';

/** What a manifest of relinked executables says it is. */
export const artefactType = 'application/vnd.gofleet.artefact.v1';
const executableType = 'application/vnd.gofleet.executable.v1';

/** A relinked executable to publish: one layer. */
export interface PublishedExecutable {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Of the file in an image, or of the program. */
  readonly title: string;
  /** The exact release inside, `go1.26.8`. */
  readonly goVersion: string;
  readonly grade: string;
  /** sha256 of the executable that it replaces. */
  readonly original: string;
}

function layerOf({ path, sha256, sizeBytes }: PublishedExecutable): PushedBlob {
  return {
    mediaType: executableType,
    digest: `sha256:${sha256}`,
    size: sizeBytes,
    open: () => createReadStream(path),
  };
}

function annotationsOf({ title, goVersion, grade, original }: PublishedExecutable): Record<string, string> {
  return {
    'org.opencontainers.image.title': title,
    'dev.gofleet.go-version': goVersion,
    'dev.gofleet.grade': grade,
    'dev.gofleet.original.sha256': original,
  };
}

/** `{}`, what an artefact without a configuration names. @see OCI image specification, "Guidance for an Empty Descriptor" */
const empty = blobOf('application/vnd.oci.empty.v1+json', Buffer.from('{}'));

/**
 * Publishes relinked executables as an OCI artefact under a tag; what the registry has already is not sent again.
 * @throws what `RegistryClient` throws
 * @see OCI image specification 1.1, "Guidelines for Artifact Usage"
 */
export async function pushArtefact(
  client: RegistryClient,
  at: { readonly repository: string; readonly tag: string },
  executables: readonly PublishedExecutable[],
): Promise<Descriptor> {
  const { repository, tag: version } = at;
  const layers: Descriptor[] = [];
  for (const blob of [empty, ...executables.map(layerOf)]) await pushBlob(client, repository, blob);
  for (const executable of executables) {
    const { open: _, ...descriptor } = layerOf(executable);
    layers.push({ ...descriptor, annotations: annotationsOf(executable) } as Descriptor);
  }
  const { open: _, ...config } = empty;
  const manifest = {
    ...{ schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json' },
    ...{ artifactType: artefactType, config, layers },
  };
  return await pushManifest(client, { repository, version }, manifest);
}
