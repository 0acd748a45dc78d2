import { normalizePath } from '@gofleet/declare/paths';
import type { InjectedMount } from './mounts-of.ts';
import type { PodTemplate } from './pod.ts';

/** A volume name per distinct key, none of which the pod uses itself. */
export function nameVolumes(
  { spec }: PodTemplate,
  mounts: readonly InjectedMount[],
  ours: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const others = [...(spec.volumes ?? []), ...(spec.initContainers ?? []), ...spec.containers];
  const paths = spec.containers.flatMap(({ volumeMounts = [] }) =>
    volumeMounts.filter(({ name }) => !ours.has(name)).map(({ mountPath }) => normalizePath(mountPath)),
  );
  // A folder is mounted at a path that is named after its volume.
  const folders = paths.map((path) => path.split('/', 2)[1] ?? '');
  const taken = new Set([...others.map(({ name }) => name).filter((name) => !ours.has(name)), ...folders]);
  const names = new Map<string, string>();
  let number = 0;
  for (const { key } of mounts) {
    if (names.has(key)) continue;
    while (taken.has(`gofleet-${number}`)) number += 1;
    names.set(key, `gofleet-${number}`);
    number += 1;
  }
  return names;
}
