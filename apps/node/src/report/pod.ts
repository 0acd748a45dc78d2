import { pickSourceLabels } from '@gofleet/build/source';
import { inCluster } from '@gofleet/inject/in-cluster';
import type { PodContainer, PodVolume } from '@gofleet/inject/pod';
import type { KubeObject } from '@gofleet/kube/kube-object';

interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly imageID?: string;
  readonly state?: { readonly running?: unknown };
}

/** What the node reads of a pod. */
export interface Pod extends KubeObject {
  readonly spec: { readonly containers: readonly PodContainer[]; readonly volumes?: readonly PodVolume[] };
  readonly status?: { readonly containerStatuses?: readonly ContainerStatus[] };
}

function stripContainer(
  { name, image, volumeMounts }: PodContainer,
  ours: ReadonlySet<string>,
): PodContainer {
  const mounts = (volumeMounts ?? []).filter((mount) => ours.has(mount.name));
  return {
    name,
    ...(image === undefined ? {} : { image }),
    ...(mounts.length === 0
      ? {}
      : { volumeMounts: mounts.map(({ name: volume, mountPath }) => ({ name: volume, mountPath })) }),
  };
}

function stripMetadata({ metadata }: Pod): Pod['metadata'] {
  const { name, namespace, uid, resourceVersion, labels, annotations } = metadata;
  const injected = annotations?.[inCluster.injectedAnnotation];
  const kept = {
    ...pickSourceLabels(annotations),
    ...(injected === undefined ? {} : { [inCluster.injectedAnnotation]: injected }),
  };
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(labels === undefined ? {} : { labels }),
    ...(Object.keys(kept).length === 0 ? {} : { annotations: kept }),
  };
}

/** The pod with nothing but what the node reads of it, so that many fit into memory. */
export function stripPod(pod: Pod): Pod {
  const volumes = (pod.spec.volumes ?? []).filter(({ csi }) => csi?.driver === inCluster.csiDriver);
  const ours = new Set(volumes.map(({ name }) => name));
  const containers = pod.spec.containers.map((container) => stripContainer(container, ours));
  const statuses = (pod.status?.containerStatuses ?? []).map((each) => ({
    name: each.name,
    ...(each.containerID === undefined ? {} : { containerID: each.containerID }),
    ...(each.imageID === undefined ? {} : { imageID: each.imageID }),
    state: each.state?.running === undefined ? {} : { running: {} },
  }));
  return {
    metadata: stripMetadata(pod),
    spec: { containers, ...(volumes.length === 0 ? {} : { volumes }) },
    status: { containerStatuses: statuses },
  };
}
