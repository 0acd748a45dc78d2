import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import type { RegistryClient, RequestBody } from './registry-client.ts';
import { digestOf } from './verified-bytes.ts';

/** Something stored, as a manifest refers to it. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** What is to be stored; its bytes may be asked for more than once. */
export interface PushedBlob extends Descriptor {
  readonly open: () => Uint8Array | AsyncIterable<Uint8Array>;
}

/** Bytes at hand, as a blob. */
export function blobOf(mediaType: string, bytes: Uint8Array): PushedBlob {
  return { mediaType, digest: digestOf(bytes), size: bytes.length, open: () => bytes };
}

async function hasBlob(client: RegistryClient, repository: string, digest: string): Promise<boolean> {
  try {
    const path = `${repository}/blobs/${digest}`;
    await client.call({ method: 'HEAD', path, repository, actions: 'pull,push' });
    return true;
  } catch (thrown) {
    if (isGofleetError(thrown) && thrown.code === 'oci.not-in-registry') return false;
    throw thrown;
  }
}

function bodyOf({ open }: PushedBlob): RequestBody {
  const content = open();
  return content instanceof Uint8Array ? (content as RequestBody) : ReadableStream.from(content);
}

/**
 * Stores a blob in one piece, unless the registry has it.
 * @throws what `RegistryClient` throws
 * @see OCI distribution specification, "Pushing a blob monolithically", POST then PUT
 */
export async function pushBlob(client: RegistryClient, repository: string, blob: PushedBlob): Promise<void> {
  if (await hasBlob(client, repository, blob.digest)) return;
  const at = { repository, actions: 'pull,push' } as const;
  const started = await client.call({ ...at, method: 'POST', path: `${repository}/blobs/uploads/` });
  const location = started.headers.get('location');
  if (location === null) {
    throw new GofleetError(
      'oci.registry-refused',
      `registry ${client.registry} does not say where to upload`,
    );
  }
  const url = new URL(location, started.url);
  url.searchParams.set('digest', blob.digest);
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(blob.size) };
  await client.call({ ...at, method: 'PUT', path: url.href, headers, body: () => bodyOf(blob) });
}

/** A stored manifest. */
export interface PushedManifest extends Descriptor {
  /** Digest of the manifest that the registry lists it under, when it does. @see OCI distribution specification, "OCI-Subject" */
  readonly subject?: string;
}

/**
 * Stores a manifest or index under a tag, or under its digest; what it refers to must be there.
 * @throws what `RegistryClient` throws
 */
export async function pushManifest(
  client: RegistryClient,
  at: { readonly repository: string; readonly version?: string },
  manifest: { readonly mediaType: string },
): Promise<PushedManifest> {
  const { repository } = at;
  const { mediaType, digest, size, open } = blobOf(manifest.mediaType, Buffer.from(JSON.stringify(manifest)));
  const version = at.version ?? digest;
  const { headers } = await client.call({
    ...{ method: 'PUT', path: `${repository}/manifests/${version}`, repository, actions: 'pull,push' },
    headers: { 'content-type': mediaType },
    body: () => open() as RequestBody,
  });
  const subject = headers.get('oci-subject');
  return { mediaType, digest, size, ...(subject === null ? {} : { subject }) };
}
