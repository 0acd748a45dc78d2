import type { PodTemplate } from '../admission/pod.ts';

/** The parts of a StatefulSet that say which of its pods it leaves as they are when its template changes. */
export interface PartitionedSet {
  readonly spec: {
    readonly ordinals?: { readonly start?: number };
    readonly updateStrategy?: { readonly rollingUpdate?: { readonly partition?: number } };
  };
  readonly status?: { readonly currentRevision?: string };
}

/** Pods that their StatefulSet leaves as they are: those of an ordinal below its partition. */
export interface Partition {
  /** The first ordinal that is replaced. */
  readonly from: number;
  /** How many ordinals lie below it. */
  readonly below: number;
  /** The revision of the template that pods below it are made from, also when they restart. */
  readonly revision: string;
}

const revisionLabel = 'controller-revision-hash';

/** `undefined` for a StatefulSet that replaces all of its pods. @see Kubernetes pkg/controller/statefulset, updateStatefulSet (1.36) */
export function partitionOf({ spec, status }: PartitionedSet): Partition | undefined {
  const { partition: below = 0 } = spec.updateStrategy?.rollingUpdate ?? {};
  if (below === 0) return undefined;
  return { from: (spec.ordinals?.start ?? 0) + below, below, revision: status?.currentRevision ?? '' };
}

/** Whether a pod of a StatefulSet is below its partition: `db-2` below 3. */
export function isBelow({ metadata }: PodTemplate, partition: Partition | undefined): boolean {
  const ordinal = /-(\d+)$/.exec(metadata?.name ?? '')?.[1];
  return partition !== undefined && ordinal !== undefined && Number(ordinal) < partition.from;
}

/** Whether a pod was made from a revision of its StatefulSet's template, as it says itself. */
export function isOfRevision({ metadata }: PodTemplate, revision: string): boolean {
  return metadata?.labels?.[revisionLabel] === revision;
}
