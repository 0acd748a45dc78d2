import { isAtOrBelow, normalizePath } from '@gofleet/declare/paths';
import type { EnvironmentVariable, PodContainer } from '../admission/pod.ts';
import type { DeliverableNode } from '../delivery/deliverable-node.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { type Injection, isToolchain } from '../injection.ts';
import { againstNodes, chooseReleases } from './choose-releases.ts';
import {
  inPod,
  type SearchPath,
  type ToolchainInjection,
  type ToolchainVariables,
  toolchainVariables,
} from './toolchain.ts';

/** What a wish of mode toolchain does to a container. */
export type ToolchainWant = {
  readonly notes: readonly string[];
} & (
  | { readonly injection: Omit<ToolchainInjection, 'container' | 'runtime'> }
  | { readonly problem: string }
  | { readonly waitsFor: string }
);

const defaultCacheSizeLimit = '4Gi';

/** The variables of a container that an earlier admission set, by what the pod's annotation lists. */
export function ourToolchainVariables(
  container: PodContainer,
  noted: readonly Injection[],
): readonly EnvironmentVariable[] {
  const ours = noted.filter(isToolchain).filter((each) => each.container === container.name);
  return (container.env ?? []).filter(({ name, value }) => {
    // An annotation is what anybody writes: it never makes another variable ours.
    const variable = toolchainVariables.find((each) => each === name);
    return (
      variable !== undefined &&
      value !== undefined &&
      ours.some(({ environment }) => environment?.[variable] === value)
    );
  });
}

/** PATH of the image that a node read, or that the wish tells. */
function searchPathOf(
  { spec, status }: GoRuntime,
  image: string | undefined,
): Partial<SearchPath> | undefined {
  const { searchPath } = spec.toolchain ?? {};
  return searchPath === undefined
    ? status?.searchPaths?.find((each) => each.image === image)
    : { path: searchPath };
}

type PathPlan =
  | { readonly variable?: string; readonly imageId?: string; readonly note?: string }
  | { readonly problem: string }
  | { readonly waitsFor: string };

/** How the program that stands for `go` comes first in PATH. With a GOROOT to mount over it need not. */
function planPath(
  runtime: GoRuntime,
  container: PodContainer,
  authored: EnvironmentVariable | undefined,
): PathPlan {
  const isNeeded = runtime.spec.toolchain?.goRoot === undefined;
  if (authored) {
    if (authored.value?.split(':')[0] === inPod.bin) return {};
    const note = `PATH: the pod's author set it, and that value stays; begin it with ${inPod.bin}`;
    return isNeeded ? { problem: `${note}, or set spec.toolchain.goRoot` } : { note };
  }
  const known = searchPathOf(runtime, container.image);
  if (known === undefined)
    return isNeeded
      ? { waitsFor: `a node to read PATH in a container of ${container.image ?? 'its image'}` }
      : {};
  const folders = (known.path ?? '').split(':').filter((folder) => folder !== '' && folder !== inPod.bin);
  return {
    variable: [inPod.bin, ...folders].join(':'),
    ...(known.imageId === undefined ? {} : { imageId: known.imageId }),
  };
}

/** A mount of the pod itself that would hide one of ours, or be hidden. */
function conflictOf(
  { volumeMounts = [] }: PodContainer,
  ours: ReadonlySet<string>,
  goRoot: string | undefined,
): string | undefined {
  const folders = [inPod.root, ...(goRoot === undefined ? [] : [normalizePath(goRoot)])];
  return volumeMounts
    .filter(({ name }) => !ours.has(name))
    .map(({ mountPath }) => normalizePath(mountPath))
    .find((path) => folders.some((folder) => isAtOrBelow(path, folder) || isAtOrBelow(folder, path)));
}

/** What is known of a pod besides the container that is looked at. */
interface Known {
  /** Names of volumes that an earlier admission added. */
  readonly ours: ReadonlySet<string>;
  readonly noted: readonly Injection[];
  /** Where the pod may go; absent when nothing is known of nodes. */
  readonly nodes?: readonly DeliverableNode[] | undefined;
}

/**
 * What a wish of mode toolchain mounts and sets in a container: every release below `/opt/gofleet`, a program that stands for `go` and
 * chooses among them, and a cache.
 */
export function wantToolchain(
  container: PodContainer,
  runtime: GoRuntime,
  { ours, noted, nodes }: Known,
): ToolchainWant {
  const { goRoot, cacheSizeLimit = defaultCacheSizeLimit } = runtime.spec.toolchain ?? {};
  const choice = chooseReleases(runtime);
  if ('problem' in choice || 'waitsFor' in choice) return { ...choice, notes: [] };
  const conflict = conflictOf(container, ours, goRoot);
  if (conflict !== undefined)
    return { problem: `the pod's own mount ${conflict} is where Go would be mounted`, notes: [] };
  const problem = againstNodes(runtime, choice.releases, nodes);
  if (problem !== undefined) return { problem, notes: [] };
  const set = new Set(ourToolchainVariables(container, noted));
  const authored = (container.env ?? []).filter((variable) => !set.has(variable));
  const path = planPath(
    runtime,
    container,
    authored.find(({ name }) => name === 'PATH'),
  );
  if ('problem' in path || 'waitsFor' in path) return { ...path, notes: [] };
  const goVersion = choice.releases[0]?.goVersion ?? '';
  const wished: ToolchainVariables = {
    ...(path.variable === undefined ? {} : { PATH: path.variable }),
    GOCACHE: `${inPod.cache}/${goVersion}`,
    GOTOOLCHAIN: 'local',
    GOFLEET_DEFAULT_GO: goVersion,
  };
  const isAuthored = (name: string): boolean => authored.some((variable) => variable.name === name);
  const kept = Object.keys(wished).filter(isAuthored);
  const environment = Object.fromEntries(Object.entries(wished).filter(([name]) => !isAuthored(name)));
  return {
    injection: {
      ...{
        goVersion,
        path: inPod.root,
        imageId: path.imageId ?? '',
        releases: choice.releases,
        shim: choice.shim,
      },
      ...(goRoot === undefined ? {} : { goRoot }),
      ...{ cacheSizeLimit, environment },
    },
    notes: [
      ...(path.note === undefined ? [] : [path.note]),
      ...kept.map((name) => `${name}: the pod's author set it, and that value stays`),
      ...((container.envFrom ?? []).length > 0
        ? ['envFrom is not looked into: what it says of these is hidden']
        : []),
    ],
  };
}
