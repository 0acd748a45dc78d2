import type { Toleration } from '@gofleet/inject/deliverable-node';
import { inCluster } from '@gofleet/inject/go-runtime';
import { runningAnnotation } from '@gofleet/inject/identity';
import type { PodContainer, PodVolume } from '@gofleet/inject/pod';
import { runtimeVariables } from '@gofleet/inject/runtime-variables';
import type { KubeObject, ObjectMeta } from '@gofleet/kube/kube-object';

interface ContainerState {
  readonly running?: unknown;
  readonly waiting?: { readonly reason?: string };
  readonly terminated?: { readonly exitCode?: number; readonly reason?: string };
}

/** What the API says of a container. */
export interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly imageID?: string;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

/** What the controller keeps of a pod. */
export interface Pod extends KubeObject {
  readonly spec: {
    readonly containers: readonly PodContainer[];
    readonly volumes?: readonly PodVolume[];
    readonly initContainers?: readonly PodContainer[];
    readonly os?: { readonly name?: string };
    readonly nodeName?: string;
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly tolerations?: readonly Toleration[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

const ourName = /^gofleet-\d+$/;

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

/** The volumes that may be ours; of others nothing is asked. */
function stripVolume({ name, csi, image, emptyDir }: PodVolume): readonly PodVolume[] {
  if (csi) return csi.driver === inCluster.csiDriver ? [{ name, csi: { driver: csi.driver } }] : [];
  if (!ourName.test(name)) return [];
  if (image) return [{ name, image }];
  return emptyDir === undefined ? [] : [{ name, emptyDir: {} }];
}

/** Init containers that may be ours. */
function stripCopiers(containers: readonly PodContainer[] = []): Pick<Pod['spec'], 'initContainers'> {
  const ours = containers.filter(({ name }) => ourName.test(name));
  if (ours.length === 0) return {};
  return {
    initContainers: ours.map(({ name, image }) => ({ name, ...(image === undefined ? {} : { image }) })),
  };
}

function stripCopierStatuses(statuses: readonly ContainerStatus[] = []) {
  const ours = statuses.filter(({ name }) => ourName.test(name));
  return ours.length === 0 ? {} : { initContainerStatuses: ours.map(stripStatus) };
}

function stripStatus({ name, containerID, imageID, state, lastState }: ContainerStatus): ContainerStatus {
  return {
    name,
    ...(containerID === undefined ? {} : { containerID }),
    ...(imageID === undefined ? {} : { imageID }),
    ...(state === undefined ? {} : { state }),
    ...(lastState === undefined ? {} : { lastState }),
  };
}

/** A pod with what decisions need, and nothing else: other variables, probes and conditions are dropped. */
export function stripPod({ metadata, spec, status }: Pod): Pod {
  return {
    metadata: stripMeta(metadata),
    spec: {
      containers: spec.containers.map(({ name, image, command, volumeMounts, ...container }) => ({
        name,
        // What follows are arguments, which may be secrets.
        ...(command === undefined ? {} : { command: command.slice(0, 1) }),
        ...stripEnvironment(container),
        ...(image === undefined ? {} : { image }),
        ...(volumeMounts === undefined
          ? {}
          : {
              volumeMounts: volumeMounts.map((mount) => ({ name: mount.name, mountPath: mount.mountPath })),
            }),
      })),
      volumes: (spec.volumes ?? []).flatMap(stripVolume),
      ...stripCopiers(spec.initContainers),
      ...(spec.os === undefined ? {} : { os: spec.os }),
      ...(spec.nodeName === undefined ? {} : { nodeName: spec.nodeName }),
      ...(spec.nodeSelector === undefined ? {} : { nodeSelector: spec.nodeSelector }),
      ...(spec.tolerations === undefined ? {} : { tolerations: spec.tolerations }),
    },
    status: {
      ...(status?.phase === undefined ? {} : { phase: status.phase }),
      containerStatuses: (status?.containerStatuses ?? []).map(stripStatus),
      ...stripCopierStatuses(status?.initContainerStatuses),
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

/** Why an artefact was not copied into a pod; the copier exits with the errno of what failed. */
export function copierTrouble({ status }: Pod): string | undefined {
  for (const copier of status?.initContainerStatuses ?? []) {
    const trouble = copier.state?.terminated?.exitCode === 0 ? undefined : troubleOf(copier);
    if (trouble === undefined) continue;
    const errno = (copier.state?.terminated ?? copier.lastState?.terminated)?.exitCode;
    const words = errno === 28 || errno === 122 ? ': no space is left on the node' : '';
    return `the init container ${copier.name} could not copy the artefact: ${trouble}${words}`;
  }
  return undefined;
}
