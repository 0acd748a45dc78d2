import { isGofleetError } from '@gofleet/base/errors';
import { binaryFieldManager } from '@gofleet/inject/field-managers';
import { type GoRuntime, type GoRuntimeStatus, goRuntimeApi } from '@gofleet/inject/go-runtime';
import type { KubeClient } from '@gofleet/kube/client';
import type { StatusWriter } from './reporter.ts';

/** Writes reports by server-side apply; a GoRuntime that is gone meanwhile is no failure. */
export function createStatusWriter(client: KubeClient, node: string): StatusWriter {
  const apply = async (runtime: GoRuntime, fieldManager: string, status: GoRuntimeStatus) => {
    const { namespace, name } = runtime.metadata;
    const { group, version, plural, kind } = goRuntimeApi;
    const path = `/apis/${group}/${version}/namespaces/${namespace}/${plural}/${name}/status`;
    const body = { apiVersion: `${group}/${version}`, kind, metadata: { name, namespace }, status };
    try {
      await client.patch(path, body, { type: 'apply', fieldManager, force: true });
    } catch (thrown) {
      if (!isGofleetError(thrown) || thrown.code !== 'kube.not-found') throw thrown;
    }
  };
  return {
    applyPods: (runtime, pods) => apply(runtime, `gofleet-node-${node}`, { pods }),
    applyBinary: (runtime, binary) => apply(runtime, binaryFieldManager(binary), { binaries: [binary] }),
  };
}
