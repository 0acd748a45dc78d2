import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { KubeClient } from '@gofleet/kube/client';
import type { KubeObject } from '@gofleet/kube/kube-object';
import type { LabState } from '@gofleet/lab/lab';
import { originalGo } from '../inject/fleet.ts';
import { processesOf, variableOf } from './lab-processes.ts';
import { isReady, type Pod } from './pod-watch.ts';
import type { Wish } from './wishes.ts';
import { pathOf, podsPath, type Workload, wishesPath, workloads } from './workloads.ts';

export interface FinalStateOptions {
  readonly client: KubeClient;
  readonly lab: LabState;
  /** The `go` command, which says what a process was built with. */
  readonly go: string;
  readonly wishes: ReadonlyMap<string, Wish>;
}

interface Wished extends KubeObject {
  readonly status?: { readonly phases?: Readonly<Record<string, number>> };
}

/** What a process runs, by Go's own reading of its executable and by its environment: `go1.23.4 GOGC=50`. */
async function runningIn(pid: number, go: string): Promise<string> {
  const { stdout } = await promisify(execFile)(go, ['version', `/proc/${pid}/exe`]);
  const percent = variableOf(pid, 'GOGC');
  return `${stdout.trim().split(' ').at(-1)}${percent === undefined ? '' : ` GOGC=${percent}`}`;
}

function expectedOf({ mode }: Workload, wish: Wish): string {
  if (wish === undefined) return originalGo;
  return mode === 'relink' ? `go${wish}` : `${originalGo} GOGC=${wish}`;
}

async function lookAtPod(pod: Pod, expected: string, { lab, go }: FinalStateOptions): Promise<string[]> {
  const { name } = pod.metadata;
  if (pod.metadata.deletionTimestamp !== undefined) return [`pod ${name} is still going`];
  if (!isReady(pod)) return [`pod ${name} is not ready`];
  const id = (pod.status?.containerStatuses?.[0]?.containerID ?? '').replace(/^.*\//, '');
  const [pid] = id === '' ? [] : processesOf(lab, { within: id });
  const running = pid === undefined ? 'nothing' : await runningIn(pid, go).catch(String);
  return running === expected ? [] : [`pod ${name} runs ${running}, not ${expected}`];
}

async function lookAtWorkload(workload: Workload, options: FinalStateOptions): Promise<string[]> {
  const { client, wishes } = options;
  const { name, replicas } = workload;
  const wish = wishes.get(name);
  const { items } = await client.list<Pod>(podsPath, { labelSelector: `app=${name}` });
  const expected = expectedOf(workload, wish);
  const pods = await Promise.all(items.map((pod) => lookAtPod(pod, expected, options)));
  const owner = await client.get<{ spec: { template: KubeObject } }>(pathOf(workload));
  const annotations = Object.keys(owner.spec.template.metadata.annotations ?? {});
  return [
    ...(items.length === replicas ? [] : [`${name} has ${items.length} pods, not ${replicas}`]),
    ...pods.flat(),
    ...(wish === undefined && annotations.length > 0 ? [`the template of ${name} has ${annotations}`] : []),
  ];
}

/** What gofleet itself says: each wish that stands is Verified in every pod, and no other is left. */
async function lookAtWishes({ client, wishes }: FinalStateOptions): Promise<string[]> {
  const { items } = await client.list<Wished>(wishesPath);
  return items.flatMap(({ metadata: { name, finalizers }, status }) => {
    if (wishes.get(name) === undefined) return [`wish ${name} is still there, held by ${finalizers}`];
    const replicas = workloads.find((each) => each.name === name)?.replicas;
    const said = JSON.stringify(status?.phases ?? {});
    return said === JSON.stringify({ Verified: replicas }) ? [] : [`wish ${name} says ${said}`];
  });
}

/** What is not as it was wished last; nothing when all is. */
export async function findWrong(options: FinalStateOptions): Promise<readonly string[]> {
  const found = await Promise.all(workloads.map((workload) => lookAtWorkload(workload, options)));
  return [...found.flat(), ...(await lookAtWishes(options))];
}
