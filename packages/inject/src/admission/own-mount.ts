import { cleanPath, isAtOrBelow } from './container-path.ts';
import type { PodContainer } from './pod.ts';

/** The pod's own mount at or above a path: it would be hidden by ours, or hide it. `ours` are names of our volumes. */
export function ownMountAt(
  container: PodContainer,
  path: string,
  ours: ReadonlySet<string>,
): string | undefined {
  const others = (container.volumeMounts ?? []).filter(({ name }) => !ours.has(name));
  return others.find(({ mountPath }) => isAtOrBelow(path, cleanPath(mountPath)))?.mountPath;
}
