import { normalizePath } from '@gofleet/declare/paths';
import { appendOperation, type JsonPatchOperation, jsonPointer } from '../admission/json-patch.ts';
import type { EnvironmentVariable, PodContainer, PodTemplate, PodVolume } from '../admission/pod.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { inCluster } from '../in-cluster.ts';
import { restrictedContainer } from '../install/manifest.ts';
import { inPod, type MountableRelease } from '../toolchain/toolchain.ts';
import { type Caller, likeMount, mountVariables } from './sandbox-mount.ts';
import { inSandbox, sandboxRunDir } from './sandbox-places.ts';
import type { SandboxSpec } from './sandbox-spec.ts';
import {
  findCallers,
  hasOurSandbox,
  sandboxName as name,
  sandboxRunVolume as runVolume,
  type SandboxInjection,
  sandboxGoVolumeName,
} from './want-sandbox.ts';

/** What the webhook knows of the cluster that it is in. */
export interface SandboxCluster {
  /** gofleet's own image. */
  readonly image: string;
  /** Whether init containers may go on beside the others. */
  readonly hasNativeSidecars: boolean;
}

/** The stand-in in gofleet's image. */
const standIn = '/gofleet/sandbox/go';
const socket = `${sandboxRunDir}/sandbox.sock`;
/** The limit of fetching the releases, when the sandbox has to. */
const startSeconds = 600;
/** The user of the sandbox where the pod names none. */
const nobody = 65532;

const defaultResources = { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '4Gi' } };

interface User {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
}

/** Built files shall belong to whom they are built for, unless that is root. */
function userOf(pod: PodTemplate, container: PodContainer): User {
  const { runAsUser, runAsGroup } = { ...pod.spec.securityContext, ...container.securityContext };
  const user = runAsUser === undefined || runAsUser === 0 ? nobody : runAsUser;
  return { runAsUser: user, ...(runAsGroup === undefined || runAsGroup === 0 ? {} : { runAsGroup }) };
}

interface RenderedContainer extends Readonly<Record<string, unknown>> {
  readonly env: readonly EnvironmentVariable[];
}

function environmentOf({ goproxy, gosumdb }: SandboxSpec): { name: string; value: string }[] {
  const values = { GOFLEET_CACHE: `${inSandbox.own}/cache`, GOPROXY: goproxy, GOSUMDB: gosumdb };
  return Object.entries(values).flatMap(([variable, value]) =>
    value === undefined ? [] : [{ name: variable, value }],
  );
}

/**
 * What makes an ordinary container hold those behind it back, as a native sidecar does: kubelet starts them one after the other, and none before
 * the hook of the one in front has ended.
 */
const holdingBack = {
  env: [
    { name: 'GOFLEET_SANDBOX', value: socket },
    { name: 'GOFLEET_SANDBOX_WAIT', value: String(startSeconds) },
  ],
  lifecycle: { postStart: { exec: { command: [standIn, 'version'] } } },
};

/** The container; it passes Pod Security `restricted`, and has no token of the pod's service account. */
function renderContainer(
  pod: PodTemplate,
  { sandbox, goVersions, caller }: SandboxInjection & { readonly caller: Caller },
  { image, releases }: SandboxCluster & Pick<SandboxContext, 'releases'>,
): RenderedContainer {
  const { container, mount } = caller;
  const volumePath = normalizePath(mount.mountPath);
  const offered =
    releases === undefined
      ? goVersions.flatMap((version) => ['--install', version])
      : releases.flatMap(({ goVersion }) => ['--goroot', `${inPod.root}/${goVersion}`]);
  const mounted = (releases ?? []).map(({ goVersion }, index) => ({
    ...{ name: sandboxGoVolumeName(index), mountPath: `${inPod.root}/${goVersion}`, readOnly: true },
  }));
  return {
    ...{ name, image, imagePullPolicy: 'IfNotPresent' },
    command: ['/gofleet/node', '/gofleet/gofleet.mjs', 'sandbox'],
    args: [...['--volume', volumePath, '--listen', socket, '--dir', `${inSandbox.own}/work`], ...offered],
    env: [...mountVariables(caller), ...environmentOf(sandbox)],
    // What the containers of such a pod request may not be more than the pod itself does.
    ...(pod.spec.resources === undefined ? { resources: sandbox.resources ?? defaultResources } : {}),
    securityContext: { ...restrictedContainer, ...userOf(pod, container) },
    // The stand-in answers only when the releases are there.
    startupProbe: {
      exec: { command: [`${sandboxRunDir}/go`, 'version'] },
      ...{ periodSeconds: 1, timeoutSeconds: 5, failureThreshold: startSeconds },
    },
    volumeMounts: [
      likeMount(mount),
      { name: runVolume, mountPath: sandboxRunDir },
      { name, mountPath: inSandbox.own, subPath: 'own' },
      ...(volumePath === inSandbox.temporary
        ? []
        : [{ name, mountPath: inSandbox.temporary, subPath: 'tmp' }]),
      { name, mountPath: inSandbox.token, subPath: 'none', readOnly: true },
      ...mounted,
    ],
  };
}

/** Whether an array is there once the operations before have been applied. */
function isPresent(pointer: string, array: unknown, before: readonly JsonPatchOperation[]): boolean {
  return array !== undefined || before.some(({ op, path }) => op === 'add' && path === pointer);
}

function planContainer(
  { spec }: PodTemplate,
  container: RenderedContainer,
  { isNative, before }: { readonly isNative: boolean; readonly before: readonly JsonPatchOperation[] },
): JsonPatchOperation {
  if (!isNative) {
    const value = { ...container, ...holdingBack, env: [...container.env, ...holdingBack.env] };
    return { op: 'add', path: '/spec/containers/0', value };
  }
  const value = { ...container, restartPolicy: 'Always' };
  // First of all, so that init containers may build as well.
  return isPresent('/spec/initContainers', spec.initContainers, before)
    ? { op: 'add', path: '/spec/initContainers/0', value }
    : { op: 'add', path: '/spec/initContainers', value: [value] };
}

/** What a sandbox is planned with. */
export interface SandboxContext {
  /** The wish that wants it. */
  readonly runtime: GoRuntime;
  readonly cluster: SandboxCluster;
  /** The releases that it offers, to be mounted by the node plugin; without them it fetches them itself. */
  readonly releases?: readonly MountableRelease[] | undefined;
  /** What is done to the pod already. */
  readonly before: readonly JsonPatchOperation[];
}

/** The volumes of a sandbox, by their names. */
function volumesOf(releases: readonly MountableRelease[] = []): readonly PodVolume[] {
  const own = [runVolume, name].map((each) => ({ name: each, emptyDir: {} }));
  const mounted = releases.map(({ goVersion, artefact }, index) => {
    const volumeAttributes = { toolchain: goVersion, artefact };
    const csi = { driver: inCluster.csiDriver, readOnly: true, volumeAttributes };
    return { name: sandboxGoVolumeName(index), csi };
  });
  return [...own, ...mounted];
}

/** The operations that put a wanted sandbox into a pod that has none, after those that are made already. */
export function planSandbox(
  pod: PodTemplate,
  wanted: SandboxInjection,
  { runtime, cluster, releases, before }: SandboxContext,
): JsonPatchOperation[] {
  const { callers } = findCallers(pod, runtime);
  const [caller] = callers;
  if (!caller) return [];
  const { container: kind } = wanted.sandbox;
  const isNative = kind === undefined ? cluster.hasNativeSidecars : kind === 'Native';
  const earlier = hasOurSandbox(pod) ? pod.spec.containers.findIndex((each) => each.name === name) : -1;
  const mounts = callers.map(({ index, container }) => {
    // An earlier one among the containers is taken away before.
    const at = earlier >= 0 && earlier < index ? index - 1 : index;
    const pointer = jsonPointer('spec', 'containers', at, 'volumeMounts');
    const mount = { name: runVolume, mountPath: sandboxRunDir, readOnly: true };
    return appendOperation(pointer, container.volumeMounts !== undefined, mount);
  });
  const hasVolumes = isPresent('/spec/volumes', pod.spec.volumes, before);
  const volumes = volumesOf(releases).map((volume, at) =>
    appendOperation('/spec/volumes', at > 0 || hasVolumes, volume),
  );
  const container = renderContainer(pod, { ...wanted, caller }, { ...cluster, releases });
  return [...volumes, ...mounts, planContainer(pod, container, { isNative, before })];
}
