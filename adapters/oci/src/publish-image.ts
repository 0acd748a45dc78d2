import { createHash } from 'node:crypto';
import {
  copierPath,
  type ImagedProgram,
  mediaTypes,
  planImage,
  renderCopier,
  type StoredContent,
} from '@gofleet/build/publish';
import { planLayer } from './layer-entries.ts';
import { openLayer } from './layer-tar.ts';
import { type PushTarget, pushRefused } from './publish-artefact.ts';
import { blobOf, type PushedBlob, pushBlob, pushManifest } from './registry-push.ts';

/** A program, and what its file in the image is called and is. */
export interface PublishedImage extends ImagedProgram {
  readonly name: string;
  /** Of the executable on this machine. */
  readonly path: string;
}

/** The one layer; its tar is made anew each time that it is read. */
async function layerOf({ name, path, arch }: PublishedImage): Promise<PushedBlob> {
  const copier = renderCopier(arch);
  const entries = await planLayer([
    { path: `/${name}`, source: path, mode: 0o555 },
    ...(copier === undefined ? [] : [{ path: copierPath, bytes: copier, mode: 0o555 }]),
  ]);
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of openLayer(entries)) {
    hash.update(chunk);
    size += chunk.length;
  }
  const digest = `sha256:${hash.digest('hex')}`;
  return { mediaType: mediaTypes.layer, digest, size, open: () => openLayer(entries) };
}

/**
 * Pushes an executable as an image that nodes can pull: mounted as an image volume, or run to copy the executable out of it.
 * @returns its manifest: equal for equal executables
 * @throws `oci.push-refused`, `oci.registry-unauthorised`, `oci.registry-unreachable`, `oci.missing-source`
 */
export async function pushImage(target: PushTarget, published: PublishedImage): Promise<StoredContent> {
  const { client, repository, tag } = target;
  const layer = await layerOf(published);
  const { open: _, ...described } = layer;
  const { config, manifestOf } = planImage(published, described);
  const stored = blobOf(mediaTypes.config, Buffer.from(JSON.stringify(config)));
  try {
    for (const blob of [layer, stored]) await pushBlob(client, repository, blob);
    const { open: __, ...reference } = stored;
    const at = { repository, ...(tag === undefined ? {} : { version: tag }) };
    const { mediaType, digest, size } = await pushManifest(client, at, manifestOf(reference));
    return { mediaType, digest, size };
  } catch (thrown) {
    throw pushRefused(target, thrown);
  }
}
