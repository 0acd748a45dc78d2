import { isAtOrBelow, normalizePath } from '@gofleet/declare/paths';
import type { PodContainer } from './pod.ts';

/**
 * The pod's own mount at or above a path: it would be hidden by ours, or hide it. `ours` are names of our volumes. The API server accepts
 * any text for a mount's path, and what a pod calls `app/../etc/` is mounted at `/etc`.
 * @see Kubernetes pkg/kubelet/kubelet_pods.go makeMounts, MakeAbsolutePath (1.36)
 */
export function ownMountAt(
  container: PodContainer,
  path: string,
  ours: ReadonlySet<string>,
): string | undefined {
  const others = (container.volumeMounts ?? []).filter(({ name }) => !ours.has(name));
  return others.find(({ mountPath }) => isAtOrBelow(path, normalizePath(mountPath)))?.mountPath;
}
