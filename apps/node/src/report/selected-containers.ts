import { type GoRuntime, type Injection, inCluster } from '@gofleet/inject/go-runtime';
import { selectsPod } from '@gofleet/inject/match-labels';
import type { Pod } from './pod.ts';

/** A running container that a GoRuntime means. */
export interface SelectedContainer {
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  /** As the pod's spec writes it. */
  readonly image: string;
  readonly imageId: string;
  /** As the status has it, `containerd://…`. */
  readonly containerId: string;
  /** Whether something of ours is mounted over its executable. */
  readonly injected: boolean;
}

/** Whether the annotation lists the container; one that cannot be read may hide anything, so it counts as a yes. */
function isInjected(pod: Pod, container: string): boolean {
  const text = pod.metadata.annotations?.[inCluster.injectedAnnotation];
  if (text === undefined) return false;
  try {
    return (JSON.parse(text) as readonly Injection[]).some((each) => each.container === container);
  } catch {
    return true;
  }
}

function containersOf(pod: Pod, wanted: readonly string[] | undefined): SelectedContainer[] {
  return (pod.status?.containerStatuses ?? []).flatMap(({ name, containerID, imageID, state }) => {
    const image = pod.spec?.containers?.find((each) => each.name === name)?.image;
    const isWanted = wanted === undefined || wanted.includes(name);
    if (!isWanted || state?.running === undefined || !containerID || image === undefined) return [];
    return [
      {
        pod: pod.metadata.name,
        podUid: pod.metadata.uid ?? '',
        container: name,
        image,
        imageId: imageID ?? '',
        containerId: containerID,
        injected: isInjected(pod, name),
      },
    ];
  });
}

/** The running containers among the pods that the GoRuntime means, those of its namespace, in a stable order. */
export function selectContainers(runtime: GoRuntime, pods: Iterable<Pod>): SelectedContainer[] {
  const { selector, containers } = runtime.spec;
  return [...pods]
    .filter((pod) => pod.metadata.namespace === runtime.metadata.namespace)
    .filter((pod) => selectsPod(selector, pod.metadata.labels))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .flatMap((pod) => containersOf(pod, containers));
}

/** The bare ID of a container, without the runtime's name before it. */
export function bareContainerId(containerId: string): string {
  return containerId.replace(/^[a-z0-9.+-]+:\/\//, '');
}
