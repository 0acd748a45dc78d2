import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import type { Finding } from '@gofleet/base/finding';
import { checkAttestation, type ProvenanceStatement, parseEnvelope } from '@gofleet/build/attest';
import { createAttestationStore } from '@gofleet/filesystem/attestation-store';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { dataRoot } from '@gofleet/filesystem/data-root';
import { hashFile } from '@gofleet/filesystem/inspect-file';
import { ownKeyPath, readVerifyingKey } from '@gofleet/filesystem/signing-keys';
import type { Context } from '../context.ts';
import { attestationPath } from './attestation-path.ts';

/** What is to be verified. */
export interface VerifyRequest {
  readonly path: string;
  /** Default: beside the program, then in the store. */
  readonly attestation?: string;
  /** A public key; default: the user's own. */
  readonly key?: string;
}

/** What `gofleet attest verify` answers; plain JSON. */
export interface Verification {
  readonly path: string;
  readonly sha256: string;
  readonly attestation: string;
  readonly keyId: string;
  readonly verified: boolean;
  readonly findings: readonly Finding[];
  /** What was signed; absent when it is not to be trusted. */
  readonly statement?: ProvenanceStatement;
}

const readText = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

async function findAttestation(
  { path, attestation }: VerifyRequest,
  sha256: string,
): Promise<{ readonly path: string; readonly text: string }> {
  const place = attestation ?? attestationPath(path);
  const text = await readText(place);
  if (text !== undefined) return { path: place, text };
  const stored =
    attestation === undefined
      ? await createAttestationStore(join(cacheRoot(), 'store')).find(sha256)
      : undefined;
  if (stored) return stored;
  throw new GofleetError('attest.not-found', `${path}: no attestation at ${place}`, {
    facts: { path, attestation: place },
    hint: 'name it with --attestation',
  });
}

/**
 * Whether the attestation of a program is signed by a key, and is about this program.
 * @throws `attest.not-found`, `attest.malformed`, `attest.unreadable-key`, `attest.wrong-key`, and what `hashFile` throws
 */
export async function verifyAttestation(request: VerifyRequest, { signal }: Context): Promise<Verification> {
  const key = await readVerifyingKey(request.key ?? ownKeyPath(dataRoot()));
  const { sha256 } = await hashFile(request.path, { signal });
  const { path: attestation, text } = await findAttestation(request, sha256);
  const { findings, statement } = checkAttestation(parseEnvelope(text), key, sha256);
  const verified = findings.length === 0;
  return {
    ...{ path: request.path, sha256, attestation, keyId: key.keyId, verified, findings },
    ...(verified && statement ? { statement } : {}),
  };
}
