import { GofleetError } from '@gofleet/base/errors';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import { listNodePlugins, runInPlugin } from '../cluster/node-plugins.ts';
import type { PublishedOperator } from './operator.ts';
import type { ProcessReading } from './run-demo.ts';

interface Pod extends KubeObject {
  readonly spec: { readonly nodeName?: string };
  readonly status?: { readonly containerStatuses?: readonly { name: string; containerID?: string }[] };
}

/** Reads the program of the operator's container from its process, through the node plugin of the pod's node. */
export function createProcessReader(
  client: KubeClient,
  operator: PublishedOperator,
): (pod: string) => Promise<ProcessReading> {
  return async (name) => {
    const { spec, status } = await client.get<Pod>(`/api/v1/namespaces/${operator.namespace}/pods/${name}`);
    const { nodeName: node = '' } = spec;
    const containerId =
      status?.containerStatuses?.find((each) => each.name === operator.container)?.containerID ?? '';
    const plugin = (await listNodePlugins(client)).get(node);
    if (!plugin) {
      const parts = { facts: { node }, retry: 'later' } as const;
      throw new GofleetError('cli.no-node-plugin', `no node plugin runs on ${node}`, parts);
    }
    const argv = ['inspect', '--node-name', node, '--container-id', containerId, '--json'];
    const { goVersion = 'unknown', source } = JSON.parse(await runInPlugin(client, plugin, { argv })) as {
      goVersion?: string;
      source: string;
    };
    return { goVersion, source };
  };
}
