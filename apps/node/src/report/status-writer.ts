import {
  binaryFieldManager,
  libraryFieldManager,
  searchPathFieldManager,
} from '@gofleet/inject/field-managers';
import { nodeLabel, nodeLabelValue } from '@gofleet/inject/go-pod';
import { applyGoPod } from '@gofleet/kube/apply-go-pod';
import { applyStatus } from '@gofleet/kube/apply-status';
import type { KubeClient } from '@gofleet/kube/client';
import type { StatusWriter } from './reporter.ts';

/** Writes reports by server-side apply; what is gone meanwhile is no failure. */
export function createStatusWriter(client: KubeClient, node: string): StatusWriter {
  const fieldManager = `gofleet-node-${nodeLabelValue(node)}`;
  const labels = { [nodeLabel]: nodeLabelValue(node) };
  return {
    applyContainers: ({ metadata }, containers) =>
      applyGoPod(client, metadata, { fieldManager, part: { labels, containers } }),
    applyFetched: (runtime, nodes) => applyStatus(client, runtime, { fieldManager, status: { nodes } }),
    applyBinary: (runtime, binary) =>
      applyStatus(client, runtime, {
        fieldManager: binaryFieldManager(binary),
        status: { binaries: [binary] },
      }),
    applyLibrary: (runtime, library) =>
      applyStatus(client, runtime, {
        fieldManager: libraryFieldManager(library),
        status: { libraries: [library] },
      }),
    applySearchPath: (runtime, searchPath) =>
      applyStatus(client, runtime, {
        fieldManager: searchPathFieldManager(searchPath.image),
        status: { searchPaths: [searchPath] },
      }),
  };
}
