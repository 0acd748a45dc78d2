import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Manifest } from '@gofleet/inject/manifest';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { parseAllDocuments } from 'yaml';
import { manifestPath } from '../cluster/manifest-path.ts';
import { waitFor } from '../wait-for.ts';
import { type PublishedOperator, workPathOf } from './operator.ts';

interface Deployment extends Manifest {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { name: string; image: string }[] } };
  };
}

/** What an operator's manifests are rendered from. */
interface OperatorSource {
  readonly kubectl: string;
  readonly moduleDir: string;
  readonly image: string;
  /** Reads the registry that artefacts come from; its pods are given it, as their users do. */
  readonly pullSecret?: Manifest | undefined;
}

/** The published manifest with the image that was built here; everything else stays as its users apply it. */
function withImage(
  manifest: Manifest,
  operator: PublishedOperator,
  { image, pullSecret }: OperatorSource,
): Manifest {
  if (manifest.kind !== 'Deployment') return manifest;
  const { spec } = manifest as Deployment;
  const containers = spec.template.spec.containers.map((container) =>
    container.name === operator.container
      ? { ...container, image, imagePullPolicy: 'IfNotPresent' }
      : container,
  );
  const pulling = pullSecret ? { imagePullSecrets: [{ name: pullSecret.metadata.name }] } : {};
  const template = { ...spec.template, spec: { ...spec.template.spec, ...pulling, containers } };
  return { ...manifest, spec: { ...spec, template } };
}

/** The manifests with a Secret behind the namespace that it is for. */
export function withSecret(
  manifests: readonly Manifest[],
  namespace: string,
  secret: Manifest | undefined,
): Manifest[] {
  if (!secret) return [...manifests];
  const placed = { ...secret, metadata: { ...secret.metadata, namespace } };
  return manifests.flatMap((each) =>
    each.kind === 'Namespace' && each.metadata.name === namespace ? [each, placed] : [each],
  );
}

/** The operator's manifests, as its released module renders them by `kubectl kustomize`. */
export async function renderOperator(
  operator: PublishedOperator,
  source: OperatorSource,
): Promise<Manifest[]> {
  const folder = join(source.moduleDir, operator.manifests);
  const limits = { maxBuffer: 16 << 20, timeout: 60_000 };
  const { stdout } = await promisify(execFile)(source.kubectl, ['kustomize', folder], limits);
  const manifests = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
  return withSecret(
    manifests.map((manifest) => withImage(manifest, operator, source)),
    operator.namespace,
    source.pullSecret,
  );
}

const isNotFound = (error: { code?: string }): boolean => error.code === 'kube.not-found';

/** Deletes the work and waits until the operator, which has a finalizer on it, let it go. */
async function removeWork(client: KubeClient, operator: PublishedOperator): Promise<void> {
  const path = workPathOf(operator);
  const list = async () =>
    (
      await client
        .list<KubeObject>(path)
        .catch((error) => (isNotFound(error) ? { items: [] } : Promise.reject(error)))
    ).items;
  for (const { metadata } of await list()) await client.delete(`${path}/${metadata.name}`);
  await waitFor({
    what: "the operator's work to be gone",
    timeoutMs: 120_000,
    probe: async () => ((await list()).length === 0 ? true : undefined),
  });
}

/**
 * Takes the operator out again: its work while it still runs, then its manifests, and waits until they are gone.
 * @throws `cli.timeout`
 */
export async function removeOperator(
  client: KubeClient,
  operator: PublishedOperator,
  manifests: readonly Manifest[],
): Promise<void> {
  await removeWork(client, operator);
  const paths = manifests.map(manifestPath);
  for (const path of paths)
    await client.delete(path, { propagationPolicy: 'Background' }).catch(() => undefined);
  const isGone = async (path: string): Promise<boolean> => client.get(path).then(() => false, isNotFound);
  await waitFor({
    what: 'the operator to be gone',
    timeoutMs: 180_000,
    probe: async () => ((await Promise.all(paths.map(isGone))).every(Boolean) ? true : undefined),
  });
}
