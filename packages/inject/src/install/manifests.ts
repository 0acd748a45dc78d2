import { inCluster } from '../in-cluster.ts';
import { renderBuildDefinition } from './build-definition.ts';
import { renderBuilder } from './builder.ts';
import { renderChannelDefinition } from './channel-definition.ts';
import { renderController } from './controller.ts';
import { renderCustomResourceDefinition } from './custom-resource-definition.ts';
import type { InstallOptions, Manifest } from './manifest.ts';
import { renderNode } from './node.ts';
import { renderPodDefinition } from './pod-definition.ts';
import { renderWorker } from './worker.ts';

/** The namespace of gofleet; only the node plugin needs more than `restricted`, and Pod Security is set by namespace. */
function renderNamespace(): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: inCluster.namespace,
      labels: {
        'app.kubernetes.io/part-of': 'gofleet',
        'pod-security.kubernetes.io/enforce': 'privileged',
        'pod-security.kubernetes.io/audit': 'privileged',
        'pod-security.kubernetes.io/warn': 'privileged',
      },
    },
  };
}

/**
 * Every object of an installation, in the order in which they are to be applied. The webhook configuration comes without entries:
 * the controller adds one per GoRuntime when there is something to mount.
 */
export function renderManifests(options: InstallOptions): readonly Manifest[] {
  return [
    renderNamespace(),
    renderCustomResourceDefinition() as unknown as Manifest,
    renderBuildDefinition() as unknown as Manifest,
    renderChannelDefinition() as unknown as Manifest,
    renderPodDefinition() as unknown as Manifest,
    ...renderWorker(options),
    ...renderBuilder(options),
    ...renderController(options),
    ...renderNode(options),
  ];
}
