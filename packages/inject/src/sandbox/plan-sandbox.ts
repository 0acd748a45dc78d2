import { appendOperation, type JsonPatchOperation, jsonPointer } from '../admission/json-patch.ts';
import type { PodContainer, PodTemplate } from '../admission/pod.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { restrictedContainer } from '../install/manifest.ts';
import type { SandboxSpec } from './sandbox-spec.ts';
import {
  type Caller,
  findCallers,
  hasOurSandbox,
  sandboxName as name,
  sandboxRunVolume as runVolume,
  type SandboxInjection,
  sandboxRunDir,
} from './want-sandbox.ts';

/** What the webhook knows of the cluster that it is in. */
export interface SandboxCluster {
  /** gofleet's own image. */
  readonly image: string;
  /** Whether init containers may go on beside the others. */
  readonly hasNativeSidecars: boolean;
}

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

function environmentOf({ goproxy, gosumdb }: SandboxSpec): { name: string; value: string }[] {
  const values = { GOFLEET_CACHE: `${ownDir}/cache`, GOPROXY: goproxy, GOSUMDB: gosumdb };
  return Object.entries(values).flatMap(([variable, value]) =>
    value === undefined ? [] : [{ name: variable, value }],
  );
}

/** The container; it passes Pod Security `restricted`, and has no token of the pod's service account. */
function renderContainer(
  pod: PodTemplate,
  { sandbox, goVersions, caller }: SandboxInjection & { readonly caller: Caller },
  { image }: SandboxCluster,
): Record<string, unknown> {
  const { container, mountPath } = caller;
  return {
    ...{ name, image, imagePullPolicy: 'IfNotPresent' },
    command: ['/gofleet/node', '/gofleet/gofleet.mjs', 'sandbox'],
    args: [
      ...['--volume', mountPath, '--listen', `${sandboxRunDir}/sandbox.sock`, '--dir', `${ownDir}/work`],
      ...goVersions.flatMap((version) => ['--install', version]),
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

/**
 * The operations that put a wanted sandbox into a pod that has none, after those that are made already.
 * @param runtime - the wish that wants it
 */
export function planSandbox(
  pod: PodTemplate,
  wanted: SandboxInjection,
  {
    runtime,
    cluster,
    before,
  }: {
    readonly runtime: GoRuntime;
    readonly cluster: SandboxCluster;
    readonly before: readonly JsonPatchOperation[];
  },
): JsonPatchOperation[] {
  const callers = findCallers(pod, runtime);
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
  const volumes = [runVolume, name].map((each, at) =>
    appendOperation('/spec/volumes', at > 0 || isPresent('/spec/volumes', pod.spec.volumes, before), {
      name: each,
      emptyDir: {},
    }),
  );
  const container = renderContainer(pod, { ...wanted, caller }, cluster);
  return [...volumes, ...mounts, planContainer(pod, container, { isNative, before })];
}
