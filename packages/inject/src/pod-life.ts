/** What tells whether a pod lives. */
export interface LivingPod {
  readonly metadata: { readonly deletionTimestamp?: string };
  readonly status?: { readonly phase?: string };
}

/** Whether a pod has ended: nothing in it runs again. */
function hasEnded({ status }: LivingPod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** Whether a pod lives and is not on its way out. */
export function isLive(pod: LivingPod): boolean {
  return pod.metadata.deletionTimestamp === undefined && !hasEnded(pod);
}

/** Whether kubelet may still have to unmount something: a pod that ended by itself is unmounted, one that is being deleted may not be. */
export function mayBeMounted(pod: LivingPod): boolean {
  return pod.metadata.deletionTimestamp !== undefined || !hasEnded(pod);
}
