import { isGofleetError } from '@gofleet/base/errors';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { goRuntimeApi } from '@gofleet/inject/in-cluster';
import type { KubeClient } from './client.ts';

/** A part of a GoRuntime's status, and the field manager that it belongs to. */
export interface StatusPart {
  readonly fieldManager: string;
  /** Everything that this manager wants to own; what it owned before and leaves out is removed. */
  readonly status: unknown;
}

/**
 * Writes one manager's part of the status by server-side apply. A GoRuntime that is gone meanwhile is no failure.
 * @throws the `kube.…` codes of `KubeClient.patch` but `kube.not-found`
 */
export async function applyStatus(
  client: Pick<KubeClient, 'patch'>,
  { metadata: { namespace, name } }: Pick<GoRuntime, 'metadata'>,
  { fieldManager, status }: StatusPart,
): Promise<void> {
  const { group, version, plural, kind } = goRuntimeApi;
  const path = `/apis/${group}/${version}/namespaces/${namespace}/${plural}/${name}/status`;
  const body = { apiVersion: `${group}/${version}`, kind, metadata: { name, namespace }, status };
  try {
    await client.patch(path, body, { type: 'apply', fieldManager, force: true });
  } catch (thrown) {
    if (!isGofleetError(thrown) || thrown.code !== 'kube.not-found') throw thrown;
  }
}
