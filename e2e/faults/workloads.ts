import { goRuntimeApi } from '@gofleet/inject/in-cluster';
import type { KubeClient } from '@gofleet/kube/client';
import { image } from '../inject/fleet.ts';

export const namespace = 'faults';

/** A workload of the test's program, which a wish of the same name selects. */
export interface Workload {
  readonly name: string;
  readonly kind: 'deployments' | 'statefulsets' | 'daemonsets';
  readonly replicas: number;
  readonly mode: 'relink' | 'godebug';
}

export const workloads: readonly Workload[] = [
  { name: 'web', kind: 'deployments', replicas: 2, mode: 'relink' },
  { name: 'ledger', kind: 'statefulsets', replicas: 2, mode: 'relink' },
  { name: 'agent', kind: 'daemonsets', replicas: 1, mode: 'relink' },
  { name: 'tuned', kind: 'deployments', replicas: 2, mode: 'godebug' },
];

const appsPath = `/apis/apps/v1/namespaces/${namespace}`;
export const podsPath = `/api/v1/namespaces/${namespace}/pods`;
export const wishesPath = `/apis/${goRuntimeApi.group}/${goRuntimeApi.version}/namespaces/${namespace}/${goRuntimeApi.plural}`;

export const pathOf = ({ kind, name }: Workload): string => `${appsPath}/${kind}/${name}`;

function specOf({ name, kind, replicas }: Workload): object {
  const labels = { app: name };
  const container = {
    ...{ name: 'present', image, imagePullPolicy: 'IfNotPresent' },
    readinessProbe: { httpGet: { path: '/', port: 3999 }, periodSeconds: 1 },
  };
  return {
    ...(kind === 'daemonsets' ? {} : { replicas }),
    ...(kind === 'statefulsets' ? { serviceName: name } : {}),
    minReadySeconds: 1,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 5, containers: [container] } },
  };
}

/** Makes the namespace and everything in it. */
export async function openWorkloads(client: KubeClient): Promise<void> {
  await client.create('/api/v1/namespaces', { metadata: { name: namespace } });
  for (const workload of workloads)
    await client.create(`${appsPath}/${workload.kind}`, {
      metadata: { name: workload.name },
      spec: specOf(workload),
    });
}
