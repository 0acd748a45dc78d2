import { createHash } from 'node:crypto';
import type { ObservedBinary, PodStatus, RunningFacts } from '@gofleet/inject/go-runtime';
import type { RunningExecutable } from '../read/executable-reader.ts';
import type { SelectedContainer } from './selected-containers.ts';

/** What one look at a container gave. */
export interface Observation {
  readonly container: SelectedContainer;
  readonly executable: RunningExecutable;
  /** RFC 3339. */
  readonly observedAt: string;
}

/** Where a process was read; what it ends with tells whose entry it is. */
export function renderSource(pid: number, node: string): string {
  return `/proc/${pid}/exe on ${node}`;
}

/** Whether a status entry was written by this node. */
export function isReportOf(node: string, running: RunningFacts | undefined): boolean {
  return running?.source.endsWith(` on ${node}`) ?? false;
}

/** The node's part of a status entry. */
export function renderPodStatus({ container, executable, observedAt }: Observation, node: string): PodStatus {
  const { facts, problem } = executable;
  return {
    pod: container.pod,
    container: container.container,
    uid: container.podUid,
    running: {
      containerId: container.containerId,
      imageId: container.imageId,
      sha256: executable.sha256,
      ...(facts?.goVersion === undefined ? {} : { goVersion: facts.goVersion }),
      path: executable.path,
      observedAt,
      source: renderSource(executable.pid, node),
      ...(problem === undefined ? {} : { problem }),
    },
  };
}

/** The original executable as seen; `undefined` when it was not the original that ran, or is no Go program. */
export function renderObservedBinary({ container, executable }: Observation): ObservedBinary | undefined {
  const { facts, path, sha256, sizeBytes } = executable;
  if (container.injected || facts?.goVersion === undefined) return undefined;
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
  };
}

/** The field manager of an observed binary: one per entry, so that entries outlive pods and nodes. */
export function binaryFieldManager({ image, path }: Pick<ObservedBinary, 'image' | 'path'>): string {
  return `gofleet-binary-${createHash('sha256').update(`${image}\0${path}`).digest('hex').slice(0, 12)}`;
}
