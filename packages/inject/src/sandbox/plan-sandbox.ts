import { selectsPod, wantsContainer } from '../admission/claim-containers.ts';
import { appendOperation, type JsonPatchOperation, jsonPointer } from '../admission/json-patch.ts';
import { isOptedOut, type PodContainer, type PodTemplate } from '../admission/pod.ts';
import { wishedVersion } from '../declaration/wished-version.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { restrictedContainer } from '../install/manifest.ts';
import type { SandboxSpec } from './sandbox-spec.ts';

/** What the webhook knows of the cluster that it is in. */
export interface SandboxCluster {
  /** gofleet's own image. */
  readonly image: string;
  /** Whether init containers may go on beside the others. */
  readonly hasNativeSidecars: boolean;
}

const name = 'gofleet-sandbox';
const runVolume = `${name}-run`;
/** Where the stand-in `go` and its socket lie, in the sandbox and in the containers that use it. */
export const sandboxRunDir = '/run/gofleet-sandbox';
const ownDir = '/var/gofleet-sandbox';
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

/** A container that uses the sandbox: it is wished for, and mounts the volume. */
interface Caller {
  readonly index: number;
  readonly container: PodContainer;
  readonly mountPath: string;
}

function findCallers({ spec }: PodTemplate, runtime: GoRuntime, volume: string): Caller[] {
  return spec.containers.flatMap((container, index) => {
    const mount = container.volumeMounts?.find((each) => each.name === volume);
    const isCaller = mount !== undefined && wantsContainer(runtime, container.name);
    return isCaller ? [{ index, container, mountPath: mount.mountPath }] : [];
  });
}

function environmentOf({ goproxy, gosumdb }: SandboxSpec): { name: string; value: string }[] {
  const values = { GOFLEET_CACHE: `${ownDir}/cache`, GOPROXY: goproxy, GOSUMDB: gosumdb };
  return Object.entries(values).flatMap(([variable, value]) =>
    value === undefined ? [] : [{ name: variable, value }],
  );
}

/** A wish for a sandbox that is meant for a pod. */
interface Wish {
  readonly sandbox: SandboxSpec;
  /** Releases to offer. */
  readonly versions: readonly string[];
  /** One at least. */
  readonly callers: readonly Caller[];
}

/** None while nobody has read which Go is wished for. */
function versionsOf(runtime: GoRuntime, { goVersions }: SandboxSpec): readonly string[] {
  const version = wishedVersion(runtime);
  return goVersions ?? (version === undefined ? [] : [version]);
}

/** The container; it passes Pod Security `restricted`, and has no token of the pod's service account. */
function renderContainer(
  pod: PodTemplate,
  { sandbox, versions, callers }: Wish,
  { image }: SandboxCluster,
): Record<string, unknown> {
  const [{ container, mountPath }] = callers as [Caller];
  return {
    ...{ name, image, imagePullPolicy: 'IfNotPresent' },
    command: ['/gofleet/node', '/gofleet/gofleet.mjs', 'sandbox'],
    args: [
      ...['--volume', mountPath, '--listen', `${sandboxRunDir}/sandbox.sock`, '--dir', `${ownDir}/work`],
      ...versions.flatMap((version) => ['--install', version]),
    ],
    env: environmentOf(sandbox),
    resources: sandbox.resources ?? defaultResources,
    securityContext: { ...restrictedContainer, ...userOf(pod, container) },
    // The stand-in answers only when the releases are there.
    startupProbe: {
      exec: { command: [`${sandboxRunDir}/go`, 'version'] },
      ...{ periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 600 },
    },
    volumeMounts: [
      { name: sandbox.volume, mountPath },
      { name: runVolume, mountPath: sandboxRunDir },
      { name, mountPath: ownDir, subPath: 'own' },
      { name, mountPath: '/tmp', subPath: 'tmp' },
      // Where something is mounted already, the API server mounts no token.
      {
        ...{ name, subPath: 'none', readOnly: true },
        mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
      },
    ],
  };
}

/** Whether an array is there once the operations before have been applied. */
function isPresent(pointer: string, array: unknown, before: readonly JsonPatchOperation[]): boolean {
  return array !== undefined || before.some(({ op, path }) => op === 'add' && path === pointer);
}

function planContainer(
  { spec }: PodTemplate,
  container: Record<string, unknown>,
  { isNative, before }: { readonly isNative: boolean; readonly before: readonly JsonPatchOperation[] },
): JsonPatchOperation {
  if (!isNative) return { op: 'add', path: '/spec/containers/-', value: container };
  const value = { ...container, restartPolicy: 'Always' };
  // First of all, so that init containers may build as well.
  return isPresent('/spec/initContainers', spec.initContainers, before)
    ? { op: 'add', path: '/spec/initContainers/0', value }
    : { op: 'add', path: '/spec/initContainers', value: [value] };
}

function isDone({ spec }: PodTemplate): boolean {
  return [...spec.containers, ...(spec.initContainers ?? [])].some((container) => container.name === name);
}

/** The oldest wish for a sandbox whose volume a wished container mounts. */
function findWish(pod: PodTemplate, runtimes: readonly GoRuntime[]): Wish | undefined {
  const age = ({ metadata }: GoRuntime): string => `${metadata.creationTimestamp ?? ''} ${metadata.name}`;
  return [...runtimes]
    .sort((a, b) => age(a).localeCompare(age(b)))
    .flatMap((runtime): Wish[] => {
      const { sandbox } = runtime.spec;
      const isMeant = runtime.metadata.deletionTimestamp === undefined && selectsPod(runtime, pod);
      const callers = sandbox && isMeant ? findCallers(pod, runtime, sandbox.volume) : [];
      const versions = sandbox ? versionsOf(runtime, sandbox) : [];
      return sandbox && callers.length > 0 && versions.length > 0 ? [{ sandbox, versions, callers }] : [];
    })
    .at(0);
}

/**
 * The operations that put a sandbox into a pod whose wish asks for one, after those that are made already; none when it has one, or no
 * wished container mounts the volume. A pod is given its sandbox when it is created, and keeps it.
 */
export function planSandbox(
  pod: PodTemplate,
  runtimes: readonly GoRuntime[],
  { cluster, before }: { readonly cluster: SandboxCluster; readonly before: readonly JsonPatchOperation[] },
): JsonPatchOperation[] {
  const isLinux = pod.spec.os?.name === undefined || pod.spec.os.name === 'linux';
  const wish =
    isOptedOut(pod.metadata?.labels) || !isLinux || isDone(pod) ? undefined : findWish(pod, runtimes);
  if (!wish) return [];
  const { container: kind } = wish.sandbox;
  const isNative = kind === undefined ? cluster.hasNativeSidecars : kind === 'Native';
  const mounts = wish.callers.map(({ index, container }) => {
    const pointer = jsonPointer('spec', 'containers', index, 'volumeMounts');
    const mount = { name: runVolume, mountPath: sandboxRunDir, readOnly: true };
    return appendOperation(pointer, container.volumeMounts !== undefined, mount);
  });
  const volumes = [runVolume, name].map((each, at) =>
    appendOperation('/spec/volumes', at > 0 || isPresent('/spec/volumes', pod.spec.volumes, before), {
      name: each,
      emptyDir: {},
    }),
  );
  return [
    ...volumes,
    ...mounts,
    planContainer(pod, renderContainer(pod, wish, cluster), { isNative, before }),
  ];
}
