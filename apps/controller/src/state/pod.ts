import { inCluster } from '@gofleet/inject/go-runtime';
import { runningAnnotation } from '@gofleet/inject/identity';
import type { PodContainer, PodVolume } from '@gofleet/inject/pod';
import { runtimeVariables } from '@gofleet/inject/runtime-variables';
import type { KubeObject, ObjectMeta } from '@gofleet/kube/kube-object';

interface ContainerState {
  readonly waiting?: { readonly reason?: string };
  readonly terminated?: { readonly exitCode?: number; readonly reason?: string };
}

/** What the API says of a container. */
export interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly imageID?: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

/** What the controller keeps of a pod. */
export interface Pod extends KubeObject {
  readonly spec: {
    readonly containers: readonly PodContainer[];
    readonly volumes?: readonly PodVolume[];
    readonly os?: { readonly name?: string };
    readonly hostNetwork?: boolean;
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

function stripMeta(meta: ObjectMeta): ObjectMeta {
  const { rolloutAnnotation, injectedAnnotation } = inCluster;
  const annotations = Object.fromEntries(
    [rolloutAnnotation, injectedAnnotation, runningAnnotation].flatMap((name) => {
      const value = meta.annotations?.[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const { finalizers: _, ...kept } = meta;
  return { ...kept, annotations };
}

/** The variables of the Go runtime and the limits that they are computed from; all other variables may be secrets. */
function stripEnvironment({ env, envFrom, resources }: Omit<PodContainer, 'name'>): Partial<PodContainer> {
  const known = (env ?? []).filter(({ name }) => (runtimeVariables as readonly string[]).includes(name));
  const { cpu, memory } = resources?.limits ?? {};
  const limits = { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
  return {
    ...(known.length === 0
      ? {}
      : { env: known.map(({ name, value }) => ({ name, ...(value === undefined ? {} : { value }) })) }),
    ...(envFrom === undefined || envFrom.length === 0 ? {} : { envFrom: [{}] }),
    ...(Object.keys(limits).length === 0 ? {} : { resources: { limits } }),
  };
}

/** A pod with what decisions need, and nothing else: other variables, probes and conditions are dropped. */
export function stripPod({ metadata, spec, status }: Pod): Pod {
  return {
    metadata: stripMeta(metadata),
    spec: {
      containers: spec.containers.map(({ name, image, volumeMounts, ...container }) => ({
        name,
        ...stripEnvironment(container),
        ...(image === undefined ? {} : { image }),
        ...(volumeMounts === undefined
          ? {}
          : {
              volumeMounts: volumeMounts.map((mount) => ({ name: mount.name, mountPath: mount.mountPath })),
            }),
      })),
      volumes: (spec.volumes ?? []).flatMap(({ name, csi }) =>
        csi?.driver === inCluster.csiDriver ? [{ name, csi: { driver: csi.driver } }] : [],
      ),
      ...(spec.os === undefined ? {} : { os: spec.os }),
      ...(spec.hostNetwork === true ? { hostNetwork: true } : {}),
    },
    status: {
      ...(status?.phase === undefined ? {} : { phase: status.phase }),
      ...(status?.podIP === undefined ? {} : { podIP: status.podIP }),
      containerStatuses: (status?.containerStatuses ?? []).map(
        ({ name, ready, restartCount, containerID, imageID, state, lastState }) => ({
          name,
          ...(ready === undefined ? {} : { ready }),
          ...(restartCount === undefined ? {} : { restartCount }),
          ...(containerID === undefined ? {} : { containerID }),
          ...(imageID === undefined ? {} : { imageID }),
          ...(state === undefined ? {} : { state }),
          ...(lastState === undefined ? {} : { lastState }),
        }),
      ),
    },
  };
}

/** Whether a pod has ended: nothing in it runs again. */
function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** Whether a pod lives and is not on its way out. */
export function isLive(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && !hasEnded(pod);
}

/** Whether kubelet may still have to unmount something: a pod that has ended keeps its volumes until it is gone. */
export function mayBeMounted(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined || !hasEnded(pod);
}

/** Why a container waits, when it is more than starting. */
export function troubleOf(status: ContainerStatus | undefined): string | undefined {
  const reason = status?.state?.waiting?.reason ?? status?.state?.terminated?.reason;
  if (reason === undefined || reason === 'ContainerCreating' || reason === 'PodInitializing')
    return undefined;
  const exitCode = (status?.state?.terminated ?? status?.lastState?.terminated)?.exitCode;
  return exitCode === undefined ? reason : `${reason}, exit code ${exitCode}`;
}
