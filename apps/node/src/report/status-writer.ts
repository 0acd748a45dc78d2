import { binaryFieldManager, searchPathFieldManager } from '@gofleet/inject/field-managers';
import { applyStatus } from '@gofleet/kube/apply-status';
import type { KubeClient } from '@gofleet/kube/client';
import type { StatusWriter } from './reporter.ts';

/** Writes reports by server-side apply; a GoRuntime that is gone meanwhile is no failure. */
export function createStatusWriter(client: KubeClient, node: string): StatusWriter {
  return {
    applyReport: (runtime, status) =>
      applyStatus(client, runtime, { fieldManager: `gofleet-node-${node}`, status }),
    applyBinary: (runtime, binary) =>
      applyStatus(client, runtime, {
        fieldManager: binaryFieldManager(binary),
        status: { binaries: [binary] },
      }),
    applySearchPath: (runtime, searchPath) =>
      applyStatus(client, runtime, {
        fieldManager: searchPathFieldManager(searchPath.image),
        status: { searchPaths: [searchPath] },
      }),
  };
}
