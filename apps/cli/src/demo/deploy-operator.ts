import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Manifest } from '@gofleet/inject/manifest';
import type { KubeClient } from '@gofleet/kube/client';
import { parseAllDocuments } from 'yaml';
import { manifestPath } from '../cluster/manifest-path.ts';
import { waitFor } from '../wait-for.ts';
import type { PublishedOperator } from './operator.ts';

interface Deployment extends Manifest {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { name: string; image: string }[] } };
  };
}

/** The published manifest with the image that was built here; everything else stays as its users apply it. */
function withImage(manifest: Manifest, operator: PublishedOperator, image: string): Manifest {
  if (manifest.kind !== 'Deployment') return manifest;
  const { spec } = manifest as Deployment;
  const containers = spec.template.spec.containers.map((container) =>
    container.name === operator.container
      ? { ...container, image, imagePullPolicy: 'IfNotPresent' }
      : container,
  );
  const template = { ...spec.template, spec: { ...spec.template.spec, containers } };
  return { ...manifest, spec: { ...spec, template } };
}

/** The operator's manifests, as its released module renders them by `kubectl kustomize`. */
export async function renderOperator(
  operator: PublishedOperator,
  source: { readonly kubectl: string; readonly moduleDir: string; readonly image: string },
): Promise<Manifest[]> {
  const folder = join(source.moduleDir, operator.manifests);
  const limits = { maxBuffer: 16 << 20, timeout: 60_000 };
  const { stdout } = await promisify(execFile)(source.kubectl, ['kustomize', folder], limits);
  const manifests = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
  return manifests.map((manifest) => withImage(manifest, operator, source.image));
}

/** Deletes them, the namespace and with it all work first, and waits until that is gone. */
export async function removeOperator(client: KubeClient, manifests: readonly Manifest[]): Promise<void> {
  const paths = manifests.map(manifestPath);
  for (const path of paths)
    await client.delete(path, { propagationPolicy: 'Background' }).catch(() => undefined);
  const isGone = async (path: string): Promise<boolean> =>
    client.get(path).then(
      () => false,
      (error: { code?: string }) => error.code === 'kube.not-found',
    );
  await waitFor({
    what: 'the operator to be gone',
    timeoutMs: 180_000,
    probe: async () => ((await Promise.all(paths.map(isGone))).every(Boolean) ? true : undefined),
  });
}
