import { pickSourceLabels } from '@gofleet/build/source';
import { selectsPod, wantsContainer } from '@gofleet/inject/claim-containers';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { inCluster } from '@gofleet/inject/in-cluster';
import { isMounted, isSwitched, renderSwitches } from '@gofleet/inject/injection';
import { parseInjections } from '@gofleet/inject/pod';
import type { Pod } from './pod.ts';

/** A running container that a GoRuntime means. */
export interface SelectedContainer {
  readonly pod: string;
  readonly container: string;
  /** As the pod's spec writes it. */
  readonly image: string;
  readonly imageId: string;
  /** As the status has it, `containerd://…`. */
  readonly containerId: string;
  /** Whether something of ours is mounted over its executable. */
  readonly injected: boolean;
  /** Of the wishes that mean it. */
  readonly modes: readonly NonNullable<GoRuntime['spec']['mode']>[];
  /** What its pod says of its source. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What its operator was told: arguments, and `NAME=value`. */
  readonly told: readonly string[];
}

/** By the annotation, and by the volumes too: an annotation may have been lost, and a relinked program must not pass for an original. */
function isInjected(pod: Pod, container: string): boolean {
  const ours = new Set(
    pod.spec.volumes?.filter(({ csi }) => csi?.driver === inCluster.csiDriver).map(({ name }) => name),
  );
  const mounts = pod.spec.containers.find(({ name }) => name === container)?.volumeMounts ?? [];
  return (
    mounts.some(({ name }) => ours.has(name)) ||
    parseInjections(pod.metadata.annotations).some((each) => isMounted(each) && each.container === container)
  );
}

function containersOf(pod: Pod, runtimes: readonly GoRuntime[]): SelectedContainer[] {
  const injections = parseInjections(pod.metadata.annotations).filter(isSwitched);
  const labels = pickSourceLabels(pod.metadata.annotations);
  return (pod.status?.containerStatuses ?? []).flatMap(({ name, containerID, imageID, state }) => {
    const image = pod.spec.containers.find((each) => each.name === name)?.image;
    const modes = runtimes
      .filter((runtime) => wantsContainer(runtime, name))
      .map(({ spec }) => spec.mode ?? 'relink');
    if (modes.length === 0 || state?.running === undefined || !containerID || image === undefined) return [];
    return [
      {
        pod: pod.metadata.name,
        container: name,
        image,
        imageId: imageID ?? '',
        containerId: containerID,
        ...{ injected: isInjected(pod, name), modes },
        ...(labels === undefined ? {} : { labels }),
        told: renderSwitches(injections.find((each) => each.container === name)),
      },
    ];
  });
}

/** The pods that a GoRuntime means, those of its namespace, in a stable order. */
export function selectPods(runtime: GoRuntime, pods: Iterable<Pod>): Pod[] {
  return [...pods]
    .filter((pod) => pod.metadata.namespace === runtime.metadata.namespace && selectsPod(runtime, pod))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** The running containers of pods that any of the GoRuntimes of their namespace means. */
export function selectContainers(runtimes: readonly GoRuntime[], pods: readonly Pod[]): SelectedContainer[] {
  return pods.flatMap((pod) =>
    containersOf(
      pod,
      runtimes.filter((runtime) => selectsPod(runtime, pod)),
    ),
  );
}
