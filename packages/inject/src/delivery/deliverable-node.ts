import type { PodTemplate } from '../admission/pod.ts';
import { meetsAffinity, type PodAffinity } from './node-affinity.ts';

export type { PodAffinity };

/** @see k8s.io/api/core/v1 Taint */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

/** @see k8s.io/api/core/v1 Toleration */
export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

/** What decides how artefacts reach the pods of a node. */
export interface DeliverableNode {
  readonly name: string;
  readonly os: string;
  /** Its processor in Go's words, `amd64`; absent where it is not known. */
  readonly arch?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  /** Whether the node plugin runs there, or is about to. */
  readonly hasPlugin: boolean;
  /** Why a file that is mounted there cannot be executed, where that is known. */
  readonly noexec?: string;
  /** Whether kubelet and runtime mount image volumes. */
  readonly imageVolumes: boolean;
}

/** @see k8s.io/component-helpers/scheduling/corev1 TolerationsTolerateTaint */
function tolerates({ key, operator = 'Equal', value = '', effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== '' && effect !== taint.effect) return false;
  if (key === undefined || key === '') return operator === 'Exists';
  return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''));
}

/**
 * The Linux nodes that a pod may go to, by its node name, node selector, required node affinity and tolerations. Affinities to other
 * pods are not looked at: a node too many only makes the choice more careful.
 */
export function eligibleNodes(
  { spec }: PodTemplate,
  nodes: readonly DeliverableNode[],
): readonly DeliverableNode[] {
  const wanted = Object.entries(spec.nodeSelector ?? {});
  return nodes.filter((node) => {
    const { name, os, labels, taints = [] } = node;
    if (os !== 'linux') return false;
    if (spec.nodeName !== undefined) return name === spec.nodeName;
    const repelling = taints.filter(({ effect }) => effect !== 'PreferNoSchedule');
    return (
      wanted.every(([key, value]) => labels[key] === value) &&
      meetsAffinity(spec.affinity, node) &&
      repelling.every((taint) => (spec.tolerations ?? []).some((each) => tolerates(each, taint)))
    );
  });
}
