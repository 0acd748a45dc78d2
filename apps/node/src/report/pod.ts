import { pickSourceLabels } from '@gofleet/build/source';
import { inCluster } from '@gofleet/inject/in-cluster';
import type { PodContainer, PodVolume } from '@gofleet/inject/pod';
import type { KubeObject } from '@gofleet/kube/kube-object';

interface ContainerState {
  readonly running?: unknown;
  readonly terminated?: { readonly exitCode: number };
}

interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly imageID?: string;
  readonly state?: ContainerState;
}

/** What the node reads of a pod. */
export interface Pod extends KubeObject {
  readonly spec: {
    /** `Always` when absent. */
    readonly restartPolicy?: string;
    readonly containers: readonly PodContainer[];
    readonly volumes?: readonly PodVolume[];
  };
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

function stripState({ running, terminated }: ContainerState = {}): ContainerState {
  if (running !== undefined) return { running: {} };
  return terminated === undefined ? {} : { terminated: { exitCode: terminated.exitCode } };
}

/** The pod with nothing but what the node reads of it, so that many fit into memory. */
export function stripPod(pod: Pod): Pod {
  const { restartPolicy } = pod.spec;
  const volumes = (pod.spec.volumes ?? []).filter(({ csi }) => csi?.driver === inCluster.csiDriver);
  const ours = new Set(volumes.map(({ name }) => name));
  const containers = pod.spec.containers.map((container) => stripContainer(container, ours));
  const statuses = (pod.status?.containerStatuses ?? []).map((each) => ({
    name: each.name,
    ...(each.containerID === undefined ? {} : { containerID: each.containerID }),
    ...(each.imageID === undefined ? {} : { imageID: each.imageID }),
    state: stripState(each.state),
  }));
  return {
    metadata: stripMetadata(pod),
    spec: {
      containers,
      ...(volumes.length === 0 ? {} : { volumes }),
      ...(restartPolicy === 'Always' || restartPolicy === undefined ? {} : { restartPolicy }),
    },
    status: { containerStatuses: statuses },
  };
}
