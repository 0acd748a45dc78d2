import { isCopier, isOurVolume } from '../delivery/place-artefact.ts';
import { type Injection, isMounted, type MountedInjection } from '../injection.ts';
import { inPod } from '../toolchain/toolchain.ts';
import { type PodContainer, type PodTemplate, parseInjections } from './pod.ts';

function notedImages(noted: readonly Injection[]): ReadonlySet<string> {
  return new Set(noted.filter(isMounted).flatMap(({ from }) => from?.image ?? []));
}

/** The names of the init containers that an earlier admission added. */
export function ourCopierNames({ spec, metadata }: PodTemplate): ReadonlySet<string> {
  const images = notedImages(parseInjections(metadata?.annotations));
  const ours = (spec.initContainers ?? []).filter((container) => isCopier(container, images));
  return new Set(ours.map(({ name }) => name));
}

/** The names of the volumes that an earlier admission added. */
export function ourVolumeNames(pod: PodTemplate): ReadonlySet<string> {
  const images = notedImages(parseInjections(pod.metadata?.annotations));
  const caches = pod.spec.containers.flatMap(({ volumeMounts = [] }) =>
    volumeMounts.filter(({ mountPath }) => mountPath === inPod.cache).map(({ name }) => name),
  );
  const known = { images, filled: new Set([...ourCopierNames(pod), ...caches]) };
  const ours = (pod.spec.volumes ?? []).filter((volume) => isOurVolume(volume, known));
  return new Set(ours.map(({ name }) => name));
}

/** The injection that a container's command names now instead of the original. */
export function commandedInjection(
  { name, command = [] }: PodContainer,
  noted: readonly Injection[],
): MountedInjection | undefined {
  return noted
    .filter(isMounted)
    .find(
      ({ container, from }) =>
        container === name &&
        from?.delivery === 'image' &&
        /^\/gofleet-\d+\//.test(command[0] ?? '') &&
        command[0]?.endsWith(`/${from.file}`),
    );
}

/** The command that a container's author gave it. */
export function originalCommand(container: PodContainer, noted: readonly Injection[]): readonly string[] {
  const { command = [] } = container;
  const injection = commandedInjection(container, noted);
  return injection === undefined ? command : [injection.path, ...command.slice(1)];
}
