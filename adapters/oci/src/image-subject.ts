import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findImage } from './find-image.ts';
import { isImageReference, parseImageReference } from './image-reference.ts';
import { RegistryClient, type RegistryOptions } from './registry-client.ts';
import type { Descriptor } from './registry-push.ts';

function isDescriptor(value: unknown): value is Descriptor {
  const { mediaType, digest, size } = (value ?? {}) as Partial<Descriptor>;
  return (
    typeof mediaType === 'string' &&
    typeof digest === 'string' &&
    /^sha256:[0-9a-f]{64}$/.test(digest) &&
    Number.isSafeInteger(size)
  );
}

/** The manifest of the only image in an OCI layout; `undefined` for several, and for anything else than a layout. */
async function subjectInLayout(directory: string): Promise<Descriptor | undefined> {
  try {
    const index = JSON.parse(await readFile(join(directory, 'index.json'), 'utf8')) as {
      manifests?: unknown;
    };
    const manifests = Array.isArray(index.manifests) ? index.manifests : [];
    const [first, ...more] = manifests as unknown[];
    if (!isDescriptor(first) || more.length > 0) return undefined;
    const { mediaType, digest, size } = first;
    return { mediaType, digest, size };
  } catch {
    return undefined;
  }
}

/**
 * The manifest that things are said of when they are said of an image: in a registry and in an OCI layout; a docker-archive has none.
 * @throws `oci.no-such-platform`, `oci.malformed-manifest`, `oci.digest-mismatch`, what `RegistryClient` throws
 */
export async function findSubject(
  image: string,
  options: RegistryOptions & { readonly platform: string },
): Promise<Descriptor | undefined> {
  if (!isImageReference(image)) return subjectInLayout(image);
  const reference = parseImageReference(image);
  return (await findImage(new RegistryClient(reference.registry, options), reference, options.platform))
    .manifest;
}
