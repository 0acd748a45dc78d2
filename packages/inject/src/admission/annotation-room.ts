import { inCluster } from '../in-cluster.ts';
import type { PodTemplate } from './pod.ts';

/** What all annotations of an object may take, names and values. @see Kubernetes apimachinery/pkg/api/validation/objectmeta.go (1.36) */
const maxBytes = 256 * 1024;
/** For what else is said of a pod after it was let in: what runs in it, and which roll-out it is of. */
const reservedBytes = 4096;

const sizeOf = ([name, value]: readonly [string, string]): number =>
  Buffer.byteLength(name) + Buffer.byteLength(value);

/** Bytes that the annotations of a pod take besides the one that lists what was injected. */
export function annotationBytes(annotations: Readonly<Record<string, string>> = {}): number {
  return Object.entries(annotations)
    .filter(([name]) => name !== inCluster.injectedAnnotation)
    .reduce((sum, entry) => sum + sizeOf(entry), 0);
}

/** Why a pod has no room for the list of what is to be injected: with more than it may have, the API server would refuse the pod. */
export function lacksRoom({ metadata = {} }: PodTemplate, injected: string): string | undefined {
  const others = metadata.annotationBytes ?? annotationBytes(metadata.annotations);
  const left = maxBytes - reservedBytes - others;
  const needed = sizeOf([inCluster.injectedAnnotation, injected]);
  return needed <= left
    ? undefined
    : `the pod's own annotations take ${others} of ${maxBytes} bytes, and the list of what is injected needs ${needed}: shorten them`;
}
