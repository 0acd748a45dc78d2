import type { Manifest } from '@gofleet/inject/manifest';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import type { Context } from '../context.ts';
import { waitFor } from '../wait-for.ts';
import { manifestPath } from './manifest-path.ts';

interface Definition extends KubeObject {
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] };
}

async function waitEstablished(client: KubeClient, manifest: Manifest): Promise<void> {
  await waitFor({
    what: `the API of ${manifest.metadata.name}`,
    timeoutMs: 30_000,
    probe: async () => {
      const { status } = await client.get<Definition>(manifestPath(manifest));
      const isServed = status?.conditions?.some(
        (each) => each.type === 'Established' && each.status === 'True',
      );
      return isServed ? true : undefined;
    },
  });
}

/** Applies the objects in order, by server-side apply as `gofleet`; what other managers own besides stays theirs. */
export async function applyManifests(
  client: KubeClient,
  manifests: readonly Manifest[],
  { progress, signal }: Pick<Context, 'progress' | 'signal'>,
): Promise<void> {
  for (const [index, manifest] of manifests.entries()) {
    signal.throwIfAborted();
    const message = `${manifest.kind} ${manifest.metadata.name}`;
    progress.report({ step: 'applying the manifests', done: index, total: manifests.length, message });
    await client.patch(manifestPath(manifest), manifest, {
      type: 'apply',
      fieldManager: 'gofleet',
      force: true,
    });
    if (manifest.kind === 'CustomResourceDefinition') await waitEstablished(client, manifest);
  }
}
