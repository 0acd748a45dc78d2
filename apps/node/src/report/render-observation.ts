import type { ContainerReport } from '@gofleet/inject/go-pod';
import type { LibraryFacts, ObservedLibrary } from '@gofleet/inject/library';
import type { ObservedBinary, RunningFacts } from '@gofleet/inject/runtime-status';
import type { SearchPath, ToolchainFacts } from '@gofleet/inject/toolchain';
import type { RunningExecutable } from '../read/executable-reader.ts';
import type { MappedLibrary } from '../read/library-reader.ts';
import type { SelectedContainer } from './selected-containers.ts';

/** What one look at a container gave. */
export interface Observation {
  readonly container: SelectedContainer;
  readonly executable: RunningExecutable;
  /** For wishes of mode toolchain. */
  readonly toolchain?: ToolchainFacts;
  /** For wishes of mode libgo. */
  readonly library?: MappedLibrary;
  /** RFC 3339. */
  readonly observedAt: string;
}

/** Where a process was read. */
export function renderSource(pid: number, node: string): string {
  return `/proc/${pid}/exe on ${node}`;
}

/** What an executable that was read from its process says, but for the image that it came with. */
export function renderRunningFacts(
  { facts, problem, pid, path, sha256, environment, switches }: RunningExecutable,
  at: { readonly containerId: string; readonly node: string; readonly observedAt: string },
): Omit<RunningFacts, 'imageId'> {
  return {
    containerId: at.containerId,
    sha256,
    ...(facts?.goVersion === undefined ? {} : { goVersion: facts.goVersion }),
    ...(facts?.buildId ? { buildId: facts.buildId } : {}),
    ...(facts?.fingerprint?.modules === undefined ? {} : { fingerprint: facts.fingerprint.modules }),
    path,
    ...(environment === undefined ? {} : { environment }),
    ...(switches === undefined ? {} : { switches }),
    observedAt: at.observedAt,
    source: renderSource(pid, at.node),
    ...(problem === undefined ? {} : { problem }),
  };
}

const factsOf = ({ path, sha256, soname }: MappedLibrary): LibraryFacts => ({ path, sha256, soname });

/** What a look at a container gave, for its GoPod. */
export function renderContainerReport(
  { container, executable, toolchain, library, observedAt }: Observation,
  node: string,
): ContainerReport {
  const { imageId, containerId } = container;
  return {
    name: container.container,
    running: {
      ...{ imageId, ...renderRunningFacts(executable, { containerId, node, observedAt }) },
      ...(toolchain === undefined ? {} : { toolchain }),
      ...(library === undefined ? {} : { library: factsOf(library) }),
    },
  };
}

/**
 * The original executable as seen; `undefined` when it is no Go program, or when it is not the image's own: something of ours
 * is mounted over it, or it lies in a volume, where another pod of the image may have another.
 */
export function renderObservedBinary({ container, executable }: Observation): ObservedBinary | undefined {
  const { facts, path, sha256, sizeBytes, isOfImage } = executable;
  if (container.injected || !isOfImage || facts?.goVersion === undefined) return undefined;
  const { os, arch, buildId, buildInfo, goVersion } = facts;
  return {
    image: container.image,
    path,
    sha256,
    sizeBytes,
    imageId: container.imageId,
    ...{ goVersion, os, arch, buildId },
    ...(buildInfo?.main === undefined ? {} : { main: buildInfo.main }),
    package: buildInfo?.package ?? '',
    buildInfo: buildInfo?.text ?? '',
    ...(container.labels === undefined ? {} : { labels: container.labels }),
  };
}

/** What the image's own program runs on, nothing checked yet; `undefined` where something of ours may be mounted, or of the pod's. */
export function renderObservedLibrary({
  container,
  executable,
  library,
}: Observation): ObservedLibrary | undefined {
  const { image, imageId, injected } = container;
  const { path: program, sha256: programSha256 } = executable;
  if (injected || !library?.isOfImage || !executable.isOfImage || programSha256 === '') return undefined;
  return { image, imageId, program, programSha256, ...factsOf(library) };
}

/** PATH of the container's image; `undefined` where something of ours may have changed it. */
export function renderSearchPath({ container, toolchain }: Observation): SearchPath | undefined {
  const { image, imageId, injected } = container;
  return injected || toolchain?.searchPath === undefined
    ? undefined
    : { image, imageId, path: toolchain.searchPath };
}
