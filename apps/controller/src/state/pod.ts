import { annotationBytes } from '@gofleet/inject/annotation-room';
import type { PodAffinity, Toleration } from '@gofleet/inject/deliverable-node';
import { runningAnnotation } from '@gofleet/inject/identity';
import { identityVariables } from '@gofleet/inject/identity-spec';
import { inCluster } from '@gofleet/inject/in-cluster';
import { type Injection, isSwitched } from '@gofleet/inject/injection';
import { flagNameOf } from '@gofleet/inject/plan-switches';
import { isOurName, type PodContainer, type PodVolume, parseInjections } from '@gofleet/inject/pod';
import { runtimeVariables } from '@gofleet/inject/runtime-variables';
import { likeMount } from '@gofleet/inject/sandbox-mount';
import { toolchainVariables } from '@gofleet/inject/toolchain';
import { understandsAnnotation } from '@gofleet/inject/understands';
import { sandboxName } from '@gofleet/inject/want-sandbox';
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
    readonly initContainers?: readonly PodContainer[];
    readonly os?: { readonly name?: string };
    readonly hostNetwork?: boolean;
    readonly nodeName?: string;
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly tolerations?: readonly Toleration[];
    readonly affinity?: PodAffinity;
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

function withoutAbsent<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Annotations of fewer bytes leave room for whatever is to be said. */
const muchBytes = 64 * 1024;

function stripMeta(meta: ObjectMeta): ObjectMeta {
  const { rolloutAnnotation, injectedAnnotation } = inCluster;
  const annotations = Object.fromEntries(
    [rolloutAnnotation, injectedAnnotation, runningAnnotation, understandsAnnotation].flatMap((name) => {
      const value = meta.annotations?.[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const { name, namespace, uid, resourceVersion, creationTimestamp } = meta;
  const { deletionTimestamp, labels, ownerReferences } = meta;
  const kept = { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, labels };
  const bytes = annotationBytes(meta.annotations);
  const size = bytes > muchBytes ? { annotationBytes: bytes } : {};
  return { ...withoutAbsent({ ...kept, ownerReferences }), annotations, ...size } as ObjectMeta;
}

const keptVariables: readonly string[] = [...runtimeVariables, ...toolchainVariables, ...identityVariables];

/** Of arguments their flags, since their values may be secrets; what the operator was told stays whole. */
function stripArguments(texts: readonly string[] | undefined, told: ReadonlySet<string>): readonly string[] {
  return (texts ?? []).map((text) => {
    const isFlow = text === '--' || text === '-c' || told.has(text) || /(^|\/)[a-z]*sh$/.test(text);
    const flag = flagNameOf(text);
    return isFlow ? text : flag === undefined ? '' : `--${flag}`;
  });
}

/** The path of what is executed is no secret. */
function stripCommand(command: readonly string[], told: ReadonlySet<string>): readonly string[] {
  const stripped = stripArguments(command, told);
  const [program = ''] = command;
  return program.startsWith('/') ? [program, ...stripped.slice(1)] : stripped;
}

/** The variables that wishes are about, those that an operator was told by, and the limits; of all others the names: they may be secrets. */
function stripEnvironment(
  { name: container, env, envFrom, resources, command, args }: PodContainer,
  injections: readonly Injection[],
): Partial<PodContainer> {
  const switched = injections.filter(isSwitched).find((each) => each.container === container);
  const told = new Set(switched?.arguments);
  const isKnown = (name: string): boolean =>
    keptVariables.includes(name) || switched?.environment[name] !== undefined;
  const { cpu, memory } = resources?.limits ?? {};
  const limits = { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
  return {
    ...(env === undefined || env.length === 0
      ? {}
      : {
          env: env.map(({ name, value }) => ({
            name,
            ...(value !== undefined && isKnown(name) ? { value } : {}),
          })),
        }),
    ...(command === undefined ? {} : { command: stripCommand(command, told) }),
    ...(args === undefined ? {} : { args: stripArguments(args, told) }),
    ...(envFrom === undefined || envFrom.length === 0 ? {} : { envFrom: [{}] }),
    ...(Object.keys(limits).length === 0 ? {} : { resources: { limits } }),
  };
}

/** The volumes that may be ours; of others nothing is asked. */
function stripVolume({ name, csi, image, emptyDir }: PodVolume): readonly PodVolume[] {
  if (csi) return csi.driver === inCluster.csiDriver ? [{ name, csi: { driver: csi.driver } }] : [];
  if (name.startsWith(sandboxName)) return [{ name }];
  if (!isOurName(name)) return [];
  if (image) return [{ name, image }];
  return emptyDir === undefined ? [] : [{ name, emptyDir: {} }];
}

/** Init containers that may be ours. */
function stripCopiers(containers: readonly PodContainer[] = []): Pick<Pod['spec'], 'initContainers'> {
  const ours = containers.filter(({ name }) => isOurName(name) || name === sandboxName);
  if (ours.length === 0) return {};
  return {
    initContainers: ours.map(({ name, image }) => ({ name, ...(image === undefined ? {} : { image }) })),
  };
}

/** What pods require of their nodes; preferences decide nothing. */
function stripAffinity({ affinity }: Pod['spec']): Pick<Pod['spec'], 'affinity'> {
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined
    ? {}
    : { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } };
}

function stripCopierStatuses(statuses: readonly ContainerStatus[] = []) {
  const ours = statuses.filter(({ name }) => isOurName(name));
  return ours.length === 0 ? {} : { initContainerStatuses: ours.map(stripStatus) };
}

/** In which state, and why: not since when. */
function stripState({ running, waiting, terminated }: ContainerState): ContainerState {
  const { exitCode, reason } = terminated ?? {};
  return {
    ...(running === undefined ? {} : { running: {} }),
    ...(waiting === undefined ? {} : { waiting: withoutAbsent({ reason: waiting.reason }) }),
    ...(terminated === undefined ? {} : { terminated: withoutAbsent({ exitCode, reason }) }),
  } as ContainerState;
}

function stripStatus(status: ContainerStatus): ContainerStatus {
  const { name, ready, restartCount, containerID, imageID, state, lastState } = status;
  return {
    name,
    ...(ready === undefined ? {} : { ready }),
    ...(restartCount === undefined ? {} : { restartCount }),
    ...(containerID === undefined ? {} : { containerID }),
    ...(imageID === undefined ? {} : { imageID }),
    ...(state === undefined ? {} : { state: stripState(state) }),
    ...(lastState === undefined ? {} : { lastState: stripState(lastState) }),
  };
}

/** A pod with what decisions need, and nothing else: values of other variables and arguments, probes and conditions are dropped. */
export function stripPod({ metadata, spec, status }: Pod): Pod {
  const injections = parseInjections(metadata.annotations);
  return {
    metadata: stripMeta(metadata),
    spec: {
      containers: spec.containers.map(({ name, image, volumeMounts, ...container }) => ({
        name,
        ...stripEnvironment({ name, ...container }, injections),
        ...(image === undefined ? {} : { image }),
        ...(volumeMounts === undefined ? {} : { volumeMounts: volumeMounts.map(likeMount) }),
      })),
      volumes: (spec.volumes ?? []).flatMap(stripVolume),
      ...stripCopiers(spec.initContainers),
      ...(spec.os === undefined ? {} : { os: spec.os }),
      ...(spec.hostNetwork === true ? { hostNetwork: true } : {}),
      ...(spec.nodeName === undefined ? {} : { nodeName: spec.nodeName }),
      ...(spec.nodeSelector === undefined ? {} : { nodeSelector: spec.nodeSelector }),
      ...(spec.tolerations === undefined ? {} : { tolerations: spec.tolerations }),
      ...stripAffinity(spec),
    },
    status: {
      ...(status?.phase === undefined ? {} : { phase: status.phase }),
      ...(status?.podIP === undefined ? {} : { podIP: status.podIP }),
      containerStatuses: (status?.containerStatuses ?? []).map(stripStatus),
      ...stripCopierStatuses(status?.initContainerStatuses),
    },
  };
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
