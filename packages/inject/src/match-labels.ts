import { inCluster, type LabelSelector } from './go-runtime.ts';

type Labels = Readonly<Record<string, string>>;
type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

function holds({ key, operator, values = [] }: Expression, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  const listed = value !== undefined && values.includes(value);
  return operator === 'In' ? listed : !listed;
}

/**
 * Whether labels satisfy every term of a selector; an empty selector matches everything.
 * @see k8s.io/apimachinery/pkg/apis/meta/v1 LabelSelectorAsSelector
 */
export function matchesLabels(selector: LabelSelector, labels: Labels = {}): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(
      ([key, value]) => Object.hasOwn(labels, key) && labels[key] === value,
    ) && matchExpressions.every((expression) => holds(expression, labels))
  );
}

/** Whether a GoRuntime's selector means a pod of these labels: it matches and the pod has not opted out. */
export function selectsPod(selector: LabelSelector, labels: Labels = {}): boolean {
  return labels[inCluster.optOutLabel] !== 'false' && matchesLabels(selector, labels);
}
