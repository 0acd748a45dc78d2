import { readFile } from 'node:fs/promises';
import { readSigningKey } from '@gofleet/filesystem/signing-keys';
import { inCluster } from '@gofleet/inject/in-cluster';
import type { Manifest } from '@gofleet/inject/manifest';
import type { KubeClient } from '@gofleet/kube/client';
import { manifestPath } from './manifest-path.ts';

/**
 * The text of a private key that signs.
 * @throws `attest.unreadable-key`, `attest.wrong-key`
 */
export async function readKeyText(path: string): Promise<string> {
  await readSigningKey(path);
  return await readFile(path, 'utf8');
}

/**
 * Puts a key into the Secret that the builder signs with, before there is a builder that would make one. A field manager of its own
 * keeps it there when gofleet is installed again.
 */
export async function putSigningKey(
  client: Pick<KubeClient, 'patch'>,
  manifests: readonly Manifest[],
  key: string,
): Promise<void> {
  const options = { type: 'apply', force: true } as const;
  for (const manifest of manifests) {
    const isSecret = manifest.kind === 'Secret' && manifest.metadata.name === inCluster.signingSecret;
    if (isSecret) {
      const data = { [inCluster.signingKeyName]: Buffer.from(key).toString('base64') };
      const holder = { ...manifest, data };
      await client.patch(manifestPath(manifest), holder, { ...options, fieldManager: 'gofleet-signing-key' });
    } else if (manifest.kind === 'Namespace') {
      await client.patch(manifestPath(manifest), manifest, { ...options, fieldManager: 'gofleet' });
    }
  }
}
