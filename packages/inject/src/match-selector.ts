import type { LabelSelector } from './go-runtime.ts';

type Labels = Readonly<Record<string, string>>;
type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

/** What an expression asks of a label. */
export type ExpressionTest = Expression['operator'];

const tests: Readonly<
  Record<ExpressionTest, (found: string | undefined, values: readonly string[]) => boolean>
> = {
  In: (found, values) => found !== undefined && values.includes(found),
  NotIn: (found, values) => found === undefined || !values.includes(found),
  Exists: (found) => found !== undefined,
  DoesNotExist: (found) => found === undefined,
};

/** Own properties only: a label named `constructor` is a label like any other. */
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** Whether the labels meet one expression. */
export function matchExpression(labels: Labels, { key, operator, values = [] }: Expression): boolean {
  return tests[operator](labelOf(labels, key), values);
}

/** Whether a selector has any requirement; an empty one would mean every pod, and GoRuntimes refuse it. */
export function isEmptySelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

/**
 * Whether the labels meet every requirement; an empty selector matches nothing.
 * @see Kubernetes apimachinery/pkg/labels/selector.go, Requirement.Matches (1.36)
 */
export function matchesSelector(selector: LabelSelector, labels: Labels = {}): boolean {
  if (isEmptySelector(selector)) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labelOf(labels, key) === value) &&
    matchExpressions.every((each) => matchExpression(labels, each))
  );
}
