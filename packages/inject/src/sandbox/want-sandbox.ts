import { isAtOrBelow, normalizePath } from '@gofleet/declare/paths';
import { targetOf } from '../admission/choose-artefact.ts';
import { selectsPod, wantsContainer } from '../admission/claim-containers.ts';
import { type PodTemplate, parseInjections } from '../admission/pod.ts';
import { wishedVersion } from '../declaration/wished-version.ts';
import type { GoRuntime } from '../go-runtime.ts';
import type { Injection } from '../injection.ts';
import { againstResources } from './check-resources.ts';
import { type Caller, foreignVariable, groupCallers } from './sandbox-mount.ts';
import { placeAt, sandboxRunDir } from './sandbox-places.ts';
import type { SandboxSpec } from './sandbox-spec.ts';

/** The name of the container, and of the volume that only it mounts. */
export const sandboxName = 'gofleet-sandbox';
/** The volume that it shares with its callers. */
export const sandboxRunVolume = `${sandboxName}-run`;
/** The beginning of the names of the volumes that releases are mounted by. */
const sandboxGoVolume = `${sandboxName}-go-`;

/** A sandbox that the webhook put beside the containers of a pod. */
export interface SandboxInjection {
  readonly container: typeof sandboxName;
  /** Name of the GoRuntime. */
  readonly runtime: string;
  /** The first of the releases, as it is wished. */
  readonly goVersion: string;
  readonly path: typeof sandboxRunDir;
  readonly imageId: '';
  /** As it was wished. */
  readonly sandbox: SandboxSpec;
  /** Releases that it offers, as they are wished. */
  readonly goVersions: readonly string[];
}

/** Whether an injection is a sandbox. */
export function isSandbox(injection: Injection): injection is SandboxInjection {
  return 'sandbox' in injection;
}

/** The containers that are wished for and have the volume: those that a wish's sandbox builds for, and others, which see something else there. */
export function findCallers({ spec }: PodTemplate, runtime: GoRuntime): ReturnType<typeof groupCallers> {
  const all = spec.containers.flatMap((container, index) => {
    const mount = container.volumeMounts?.find(({ name }) => name === runtime.spec.sandbox?.volume);
    const isMeant = container.name !== sandboxName && wantsContainer(runtime, container.name);
    return mount && isMeant ? [{ index, container, mount }] : [];
  });
  return groupCallers(all);
}

/** Whether a pod's annotation says that its sandbox came from an earlier admission. */
export function hasOurSandbox({ metadata }: PodTemplate): boolean {
  return parseInjections(metadata?.annotations).some(isSandbox);
}

/** The containers of a pod that wishes decide for: all but a sandbox of ours. */
export function decidedContainers<T extends PodTemplate>(pod: T): T['spec']['containers'] {
  const { containers } = pod.spec;
  const isOurs = containers.some(({ name }) => name === sandboxName) && hasOurSandbox(pod);
  return isOurs ? containers.filter(({ name }) => name !== sandboxName) : containers;
}

/** The name of the volume that a sandbox's release is mounted by. */
export function sandboxGoVolumeName(index: number): string {
  return `${sandboxGoVolume}${index}`;
}

/** The names of the volumes that an earlier sandbox came with. */
export function ourSandboxVolumes(pod: PodTemplate): readonly string[] {
  if (!hasOurSandbox(pod)) return [];
  const names = (pod.spec.volumes ?? []).map(({ name }) => name);
  return names.filter((name) => {
    const isGo = name.startsWith(sandboxGoVolume) && /^\d+$/.test(name.slice(sandboxGoVolume.length));
    return isGo || name === sandboxName || name === sandboxRunVolume;
  });
}

/** Whether a pod has a container of that name, whoever wrote it. */
export function hasSandbox({ spec }: PodTemplate): boolean {
  return [...spec.containers, ...(spec.initContainers ?? [])].some(({ name }) => name === sandboxName);
}

/**
 * The releases that a wish's sandbox offers, as they are wished; none without a sandbox, and while nobody has read which Go is wished
 * for. What programs are relinked to is named exactly, as revisions do.
 */
export function sandboxVersions(runtime: GoRuntime): readonly string[] {
  const { sandbox } = runtime.spec;
  if (!sandbox) return [];
  const isRelinked = (runtime.spec.mode ?? 'relink') === 'relink';
  const version = (isRelinked ? targetOf(runtime)?.replace(/^go/, '') : undefined) ?? wishedVersion(runtime);
  return sandbox.goVersions ?? (version === undefined ? [] : [version]);
}

/** A wished sandbox, whom it is like, and who has the volume otherwise. */
interface Candidate {
  readonly injection: SandboxInjection;
  readonly caller: Caller;
  readonly others: readonly Caller[];
}

function candidatesOf(pod: PodTemplate, runtime: GoRuntime): readonly Candidate[] {
  const { sandbox } = runtime.spec;
  const isMeant = runtime.metadata.deletionTimestamp === undefined && selectsPod(runtime, pod);
  if (!sandbox || !isMeant) return [];
  const { callers, others } = findCallers(pod, runtime);
  const [caller] = callers;
  if (!caller) return [];
  const goVersions = sandboxVersions(runtime);
  const [goVersion] = goVersions;
  if (goVersion === undefined) return [];
  const where = { container: sandboxName, path: sandboxRunDir, imageId: '' } as const;
  const injection = { ...where, runtime: runtime.metadata.name, goVersion, sandbox, goVersions };
  return [{ injection, caller, others }];
}

function oldestCandidate(pod: PodTemplate, runtimes: readonly GoRuntime[]): Candidate | undefined {
  const age = ({ metadata }: GoRuntime): string => `${metadata.creationTimestamp ?? ''} ${metadata.name}`;
  return [...runtimes]
    .sort((a, b) => age(a).localeCompare(age(b)))
    .flatMap((runtime) => candidatesOf(pod, runtime))
    .at(0);
}

/** What of its author's own a pod has where a sandbox would be. */
function conflictIn(pod: PodTemplate): string | undefined {
  if (hasOurSandbox(pod)) return undefined;
  if (hasSandbox(pod)) return `a container ${sandboxName}`;
  const volume = pod.spec.volumes?.find(({ name }) => name.startsWith(sandboxName));
  if (volume) return `a volume ${volume.name}`;
  const mounts = pod.spec.containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
  const paths = mounts.map(({ mountPath }) => normalizePath(mountPath));
  const mount = paths.find((path) => isAtOrBelow(path, sandboxRunDir));
  return mount && `a mount at ${mount}`;
}

/** Why the sandbox cannot have the volume as its caller has it. */
function againstMount(caller: Caller): string | undefined {
  const { name, mountPath, subPathExpr } = caller.mount;
  const place = placeAt(mountPath);
  if (place !== undefined)
    return `the volume ${name} is mounted at ${mountPath}, and the sandbox has ${place} of its own; mount it elsewhere`;
  const variable = foreignVariable(caller);
  return variable === undefined
    ? undefined
    : `its mount of the volume ${name} has subPathExpr ${subPathExpr}, and ${variable} is not in its env; write it there`;
}

/** Why a pod would be refused, or would not start, with its sandbox. */
function againstSandbox(pod: PodTemplate, { injection, caller }: Candidate): string | undefined {
  const resources = againstResources(injection.sandbox.resources ?? {});
  if (resources !== undefined) return `spec.sandbox.resources.${resources}`;
  const conflict = conflictIn(pod);
  return conflict === undefined ? againstMount(caller) : `the pod has ${conflict} of its own; rename it`;
}

/** What comes of the wishes for a sandbox in a pod. */
export interface SandboxWant {
  readonly injection?: SandboxInjection;
  /** Why containers do not get what is wished for them. */
  readonly notes: readonly { readonly container: string; readonly text: string }[];
}

/**
 * The sandbox that a pod or template is to have: by the oldest wish for one whose volume a wished container mounts. None where the pod
 * would not be valid with it, or would not start.
 */
export function wantSandbox(pod: PodTemplate, runtimes: readonly GoRuntime[]): SandboxWant {
  const candidate = oldestCandidate(pod, runtimes);
  if (!candidate) return { notes: [] };
  const { injection, caller, others } = candidate;
  const { name } = caller.container;
  const problem = againstSandbox(pod, candidate);
  if (problem !== undefined) return { notes: [{ container: name, text: `no sandbox: ${problem}` }] };
  const text = `no sandbox: it does not have the volume ${injection.sandbox.volume} as ${name} has: give both mounts the same path, subPath and readOnly`;
  return { injection, notes: others.map(({ container }) => ({ container: container.name, text })) };
}
