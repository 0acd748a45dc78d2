import { join } from 'node:path';
import type { Attestor } from '@gofleet/build/attest';
import { createAttestationStore } from '@gofleet/filesystem/attestation-store';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { dataRoot } from '@gofleet/filesystem/data-root';
import { executableFiles } from '@gofleet/filesystem/inspect-file';
import { openSigningKey, ownKeyPath, readSigningKey } from '@gofleet/filesystem/signing-keys';
import { version } from '../version.ts';

/**
 * What signs on this machine: with the key that is named, else with the user's own, which is made at its first use.
 * @throws `attest.unreadable-key`, `attest.wrong-key`, and what writing a new key throws
 */
export async function openAttestor(signKey: string | undefined): Promise<Attestor> {
  const key =
    signKey === undefined ? await openSigningKey(ownKeyPath(dataRoot())) : await readSigningKey(signKey);
  return {
    files: executableFiles,
    store: createAttestationStore(join(cacheRoot(), 'store')),
    key,
    builder: { id: 'https://gofleet.dev/builder/command-line', version },
  };
}
