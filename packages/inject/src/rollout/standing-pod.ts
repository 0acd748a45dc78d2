import type { PodTemplate } from '../admission/pod.ts';
import { workloadOfPod } from './workload-of-pod.ts';

/** The kinds that replace their pods when their template changes. */
const replacing = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** Whether no roll-out reaches a pod: it is bare, of a Job, of a bare ReplicaSet, or of a kind that is not known. By the pod alone. */
export function isStanding(pod: PodTemplate): boolean {
  return !isReplacedByRollout(workloadOfPod(pod));
}

/** Whether what makes a pod, as {@link workloadOfPod} names it, replaces its pods when their template changes. */
export function isReplacedByRollout(workload: string | undefined): boolean {
  const [kind = ''] = workload?.split('/', 1) ?? [];
  return replacing.includes(kind);
}

/** Why a pod that no roll-out reaches keeps what it has, and what to do to have it replaced. gofleet deletes none. */
export function explainStanding({ metadata }: PodTemplate): string {
  const { name = '', namespace = 'default' } = metadata ?? {};
  const command = `kubectl delete pod ${name} -n ${namespace}`;
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  if (!owner) return `nothing replaces a bare pod: "${command}", and create it again`;
  if (owner.kind === 'Job')
    return `Job ${owner.name} runs to its end as it is, and its next pod gets it; to have it now: "${command}", and the Job makes another`;
  if (owner.kind === 'ReplicaSet')
    return `ReplicaSet ${owner.name} makes a pod only when one is gone: "${command}"`;
  return `${owner.kind} ${owner.name} does not replace its pods by a roll-out; if it makes another when one is gone: "${command}"`;
}
