import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import type { LabState } from '@gofleet/lab/lab';
import { componentProcesses, roleProcesses } from './lab-processes.ts';
import { persist } from './persist.ts';
import type { ClusterFault, PlannedFault } from './schedule.ts';

const ownPods = '/api/v1/namespaces/gofleet-system/pods';

interface OwnPod extends KubeObject {
  readonly status?: { readonly containerStatuses?: readonly { readonly restartCount: number }[] };
}

function kill(pids: readonly number[]): boolean {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  return pids.length > 0;
}

/** etcd that answers nobody, as one whose disk hangs. */
async function stopEtcd(lab: LabState, forMs: number): Promise<boolean> {
  const pids = componentProcesses(lab, 'etcd');
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  await sleep(forMs);
  for (const pid of pids) process.kill(pid, 'SIGCONT');
  return pids.length > 0;
}

/**
 * Kills the process of a role. One that was killed before in the same pod would soon be held back by kubelet for minutes: then its pod is
 * deleted without any grace instead, as on a node that is lost.
 */
async function killRole(client: KubeClient, lab: LabState, role: string): Promise<boolean> {
  const query = { labelSelector: `app.kubernetes.io/name=gofleet-${role}` };
  const { items } = await persist(() => client.list<OwnPod>(ownPods, query));
  const worn = items.filter(({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0);
  const isKilled = kill(roleProcesses(lab, role));
  for (const { metadata } of worn)
    await persist(() => client.delete(`${ownPods}/${metadata.name}`, { gracePeriodSeconds: 0 }));
  return isKilled || worn.length > 0;
}

/** Does a fault; whether there was something to do it to. */
export async function injectFault(
  { client, lab }: { readonly client: KubeClient; readonly lab: LabState },
  { kind, forMs }: PlannedFault<ClusterFault>,
): Promise<boolean> {
  if (kind === 'etcd-stopped') return stopEtcd(lab, forMs);
  if (kind === 'api-server-killed') return kill(componentProcesses(lab, 'kube-apiserver'));
  const role = {
    'controller-killed': 'controller',
    'node-plugin-killed': 'node',
    'builder-killed': 'builder',
  };
  return killRole(client, lab, role[kind]);
}
