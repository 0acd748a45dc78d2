import { createHash } from 'node:crypto';
import { GofleetError } from '@gofleet/base/errors';
import type { Bytes } from './byte-cursor.ts';

/** What registries accept as a manifest at most. @see OCI distribution specification, "Pushing Manifests" */
const maxSmallBytes = 4 << 20;

/** `sha256:` and 64 hexadecimal digits. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Something is not what its digest says. */
export function digestMismatch(expected: string, found: string): GofleetError {
  return new GofleetError('oci.digest-mismatch', `expected ${expected}, found ${found}`, {
    facts: { expected, found },
  });
}

/**
 * The bytes; their end is an error when they are not those that the digest names.
 * @throws `oci.digest-mismatch`
 */
export async function* verified(source: Bytes, digest: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== digest) throw digestMismatch(digest, found);
}

/**
 * All bytes of a manifest or configuration.
 * @throws `oci.malformed-manifest` when there are more than 4 MiB
 */
export async function collectSmall(source: Bytes): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of source) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxSmallBytes) {
      throw new GofleetError('oci.malformed-manifest', `an answer of more than ${maxSmallBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
