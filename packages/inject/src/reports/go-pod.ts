import { createHash } from 'node:crypto';
import type { GoRuntime } from '../go-runtime.ts';
import { goRuntimeApi } from '../in-cluster.ts';
import type { PodStatus, RunningFacts } from '../runtime-status.ts';

/** The API group and version of what is known of pods. */
export const goPodApi = { ...goRuntimeApi, plural: 'gopods', kind: 'GoPod' } as const;

/** On a GoPod: the node whose plugin writes it, by {@link nodeLabelValue}. */
export const nodeLabel = 'gofleet.dev/node';

/** What runs in a container. Keys: `name`. Written by the pod's node. */
export interface ContainerReport {
  readonly name: string;
  readonly running: RunningFacts;
}

/** What a wish has made of a container. Keys: `runtime`, `container`. Written by the controller. */
export interface WishReport
  extends Pick<PodStatus, 'container' | 'desired' | 'delivered' | 'phase' | 'reason'> {
  /** Name of the GoRuntime. */
  readonly runtime: string;
}

/**
 * What is known of a pod that a wish selects: an object per pod, with the pod's name, so that a wish may have as many pods as the cluster.
 * It belongs to the pod and is collected with it.
 */
export interface GoPod {
  readonly apiVersion: 'gofleet.dev/v1alpha1';
  readonly kind: 'GoPod';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly {
      readonly apiVersion: string;
      readonly kind: string;
      readonly name: string;
      readonly uid: string;
    }[];
  };
  readonly containers?: readonly ContainerReport[];
  readonly wishes?: readonly WishReport[];
}

/** A pod that is reported on. */
export interface ReportedPod {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
}

/** The API path of the GoPods of a namespace, or of all. */
export function goPodsPath(namespace?: string): string {
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `/apis/${goPodApi.group}/${goPodApi.version}${scope}/${goPodApi.plural}`;
}

/** A node's name as a label's value may be: long ones are shortened to a hash. */
export function nodeLabelValue(node: string): string {
  return node.length <= 63 ? node : createHash('sha256').update(node).digest('hex').slice(0, 40);
}

/** A GoPod to be applied: of what it says, one writer's part. */
export function renderGoPod(
  { name, namespace = '', uid = '' }: ReportedPod,
  part: Pick<GoPod, 'containers' | 'wishes'> & { readonly labels?: Readonly<Record<string, string>> },
): GoPod {
  const { labels, ...lists } = part;
  const owner = { apiVersion: 'v1', kind: 'Pod', name, uid };
  return {
    apiVersion: `${goPodApi.group}/${goPodApi.version}`,
    kind: goPodApi.kind,
    metadata: { name, namespace, ...(labels === undefined ? {} : { labels }), ownerReferences: [owner] },
    ...lists,
  };
}

/** Whether a GoPod speaks of this pod, and not of one that had its name before. */
export function isReportOn({ metadata }: GoPod, uid: string | undefined): boolean {
  return metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;
}

/** What is known of a wish's containers, judged or not, by pod and container. */
export function podStatusesOf({ metadata }: Pick<GoRuntime, 'metadata'>, pods: Iterable<GoPod>): PodStatus[] {
  const found: PodStatus[] = [];
  for (const { metadata: pod, containers = [], wishes = [] } of pods) {
    if (pod.namespace !== metadata.namespace) continue;
    for (const { runtime, ...wish } of wishes) {
      if (runtime !== metadata.name) continue;
      const running = containers.find(({ name }) => name === wish.container)?.running;
      found.push({ pod: pod.name, ...wish, ...(running ? { running } : {}) });
    }
  }
  return found.sort((a, b) => (`${a.pod}/${a.container}` < `${b.pod}/${b.container}` ? -1 : 1));
}
