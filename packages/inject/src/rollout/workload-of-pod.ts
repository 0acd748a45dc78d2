import type { PodTemplate } from '../admission/pod.ts';

const hashLabel = 'pod-template-hash';

/**
 * The workload that a pod belongs to, as far as the pod alone tells: `Deployment/cart`, `StatefulSet/db`. A ReplicaSet of a Deployment is
 * named after it and the hash of its template. `undefined` for pods that no controller made.
 * @see Kubernetes pkg/controller/deployment/sync.go, getNewReplicaSet (1.36)
 */
export function workloadOfPod({ metadata }: PodTemplate): string | undefined {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  if (!owner) return undefined;
  const suffix = `-${metadata?.labels?.[hashLabel]}`;
  const isOfDeployment = owner.kind === 'ReplicaSet' && owner.name.endsWith(suffix);
  return isOfDeployment ? `Deployment/${owner.name.slice(0, -suffix.length)}` : `${owner.kind}/${owner.name}`;
}
