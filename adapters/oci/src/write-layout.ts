import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { writeError } from '@gofleet/base/write-error';
import { type ArtefactManifest, emptyConfig, mediaTypes } from '@gofleet/build/publish';
import { blobOf, type Descriptor, type PushedBlob } from './registry-push.ts';

interface Index {
  readonly manifests: readonly Descriptor[];
}

const layoutText = '{"imageLayoutVersion":"1.0.0"}';

/** A file that nobody sees half of. */
async function writeWhole(path: string, content: Parameters<typeof writeFile>[1]): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (thrown) {
    throw writeError(path, thrown);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** @throws `oci.not-a-layout` */
async function readIndex(directory: string): Promise<Index> {
  const path = join(directory, 'index.json');
  if (!existsSync(path)) return { manifests: [] };
  try {
    const { manifests } = JSON.parse(await readFile(path, 'utf8')) as Partial<Index>;
    if (Array.isArray(manifests)) return { manifests };
  } catch {
    // Told below.
  }
  throw new GofleetError('oci.not-a-layout', `${path}: expected the index of an OCI layout`, {
    facts: { path },
  });
}

async function writeBlob(directory: string, { digest, open }: PushedBlob): Promise<void> {
  const path = join(directory, 'blobs', ...digest.split(':'));
  if (!existsSync(path)) await writeWhole(path, open() as Uint8Array | AsyncIterable<Uint8Array>);
}

/**
 * Adds an artefact to an OCI layout, which is made when there is none.
 * @returns its manifest's digest
 * @throws `oci.not-a-layout`, `filesystem.disk-full`, `filesystem.no-permission`, `filesystem.cannot-write`
 * @see OCI image specification, image-layout.md (1.1)
 */
export async function writeLayout(
  directory: string,
  manifest: ArtefactManifest,
  blobs: readonly PushedBlob[],
): Promise<string> {
  const { manifests } = await readIndex(directory);
  const stored = blobOf(mediaTypes.manifest, Buffer.from(JSON.stringify(manifest)));
  const config = { ...emptyConfig, open: () => Buffer.from('{}') };
  for (const blob of [config, ...blobs, stored]) await writeBlob(directory, blob);
  const { mediaType, digest, size } = stored;
  const { artifactType, annotations } = manifest;
  const others = manifests.filter((known) => known.digest !== digest);
  const all = [...others, { mediaType, digest, size, artifactType, annotations }];
  await writeWhole(join(directory, 'oci-layout'), layoutText);
  // Last: what the index names is there.
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: all };
  await writeWhole(join(directory, 'index.json'), JSON.stringify(index));
  return digest;
}

/**
 * Sees to it that a layout can be written to a directory, before anything is built for it.
 * @throws `oci.not-a-layout`, `filesystem.no-permission`, `filesystem.disk-full`, `filesystem.cannot-write`
 */
export async function prepareLayout(directory: string): Promise<void> {
  await readIndex(directory);
  await writeWhole(join(directory, 'oci-layout'), layoutText);
}
