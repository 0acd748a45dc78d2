import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { GofleetError } from '@gofleet/base/errors';
import { inCluster } from '@gofleet/inject/go-runtime';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import type { PublishedOperator } from './operator.ts';
import type { ProcessReading } from './run-demo.ts';

interface Pod extends KubeObject {
  readonly spec: { readonly nodeName?: string };
  readonly status?: { readonly containerStatuses?: readonly { name: string; containerID?: string }[] };
}

async function findNodePlugin(client: KubeClient, node: string): Promise<string> {
  const { items } = await client.list<Pod>(`/api/v1/namespaces/${inCluster.namespace}/pods`, {
    labelSelector: 'app.kubernetes.io/name=gofleet-node',
    fieldSelector: `spec.nodeName=${node}`,
  });
  const plugin = items.find(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (plugin) return plugin.metadata.name;
  throw new GofleetError('cli.no-node-plugin', `no node plugin runs on ${node}`, {
    facts: { node },
    retry: 'later',
  });
}

/** Reads the program of the operator's container from its process, through the node plugin of the pod's node. */
export function createProcessReader(options: {
  readonly client: KubeClient;
  readonly kubectl: string;
  readonly kubeconfig: string;
  readonly operator: PublishedOperator;
}): (pod: string) => Promise<ProcessReading> {
  const { client, kubectl, kubeconfig, operator } = options;
  return async (name) => {
    const pod = await client.get<Pod>(`/api/v1/namespaces/${operator.namespace}/pods/${name}`);
    const node = pod.spec.nodeName ?? '';
    const containerId =
      pod.status?.containerStatuses?.find((each) => each.name === operator.container)?.containerID ?? '';
    const plugin = await findNodePlugin(client, node);
    const inspect = ['node', 'inspect', '--node-name', node, '--container-id', containerId, '--json'];
    const exec = ['--kubeconfig', kubeconfig, 'exec', '-n', inCluster.namespace, plugin, '--'];
    const argv = [...exec, '/gofleet/node', '/gofleet/gofleet.mjs', ...inspect];
    const { stdout } = await promisify(execFile)(kubectl, argv, { timeout: 60_000 });
    const { goVersion = 'unknown', source } = JSON.parse(stdout) as { goVersion?: string; source: string };
    return { goVersion, source };
  };
}
