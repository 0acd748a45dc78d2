import { type ExpressionTest, matchExpression } from '../match-selector.ts';

/** @see k8s.io/api/core/v1 NodeSelectorRequirement */
interface NodeRequirement {
  readonly key: string;
  readonly operator: ExpressionTest | 'Gt' | 'Lt';
  readonly values?: readonly string[];
}

interface NodeTerm {
  readonly matchExpressions?: readonly NodeRequirement[];
  readonly matchFields?: readonly NodeRequirement[];
}

/** What a pod requires of its node besides a selector; preferences keep it from none. */
export interface PodAffinity {
  readonly nodeAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: {
      readonly nodeSelectorTerms: readonly NodeTerm[];
    };
  };
}

type Labels = Readonly<Record<string, string>>;

function meets(labels: Labels, { key, operator, values = [] }: NodeRequirement): boolean {
  if (operator !== 'Gt' && operator !== 'Lt') return matchExpression(labels, { key, operator, values });
  const [found, bound] = [Number.parseInt(labels[key] ?? '', 10), Number.parseInt(values[0] ?? '', 10)];
  return operator === 'Gt' ? found > bound : found < bound;
}

/**
 * Whether a node is among those that a pod's affinity requires: one of its terms is met whole, and an empty one is met by none.
 * @see Kubernetes component-helpers/scheduling/corev1/nodeaffinity (1.36)
 */
export function meetsAffinity(
  { nodeAffinity }: PodAffinity = {},
  { name, labels }: { readonly name: string; readonly labels: Labels },
): boolean {
  const terms = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (terms === undefined) return true;
  const fields = { 'metadata.name': name };
  return terms.some(
    ({ matchExpressions = [], matchFields = [] }) =>
      matchExpressions.length + matchFields.length > 0 &&
      matchExpressions.every((each) => meets(labels, each)) &&
      matchFields.every((each) => meets(fields, each)),
  );
}
