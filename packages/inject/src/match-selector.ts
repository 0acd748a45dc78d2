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

/** @see Kubernetes apimachinery/pkg/api/validate/content, IsLabelKey and IsLabelValue (1.36) */
const namePattern = '[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?';
const prefixPattern = '[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*';
/** Of the keys of labels. */
export const labelKeyPattern = `^(${prefixPattern}/)?${namePattern}$`;
/** Of the values of labels. */
export const labelValuePattern = `^(${namePattern})?$`;
const [labelKey, labelValue] = [new RegExp(labelKeyPattern), new RegExp(labelValuePattern)];
const longestPrefix = 253;

/** Whether a text may be the key of a label, or the name of a resource: `app`, `example.com/gpu`. */
export function isQualifiedName(key: string): boolean {
  return labelKey.test(key) && key.lastIndexOf('/') <= longestPrefix;
}

function expressionProblem({ key, operator, values = [] }: Expression): string | undefined {
  if (!isQualifiedName(key)) return `"${key}" is no key of a label`;
  const isList = operator === 'In' || operator === 'NotIn';
  if (isList !== values.length > 0) return `${key}: ${operator} takes ${isList ? 'values' : 'no values'}`;
  const bad = values.find((value) => !labelValue.test(value));
  return bad === undefined ? undefined : `"${bad}" is no value of a label`;
}

/** Why the API server would not take a selector: one such would keep it from taking any entry of the webhook. */
export function selectorProblem({
  matchLabels = {},
  matchExpressions = [],
}: LabelSelector): string | undefined {
  const all = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In' as const, values: [value] })),
    ...matchExpressions,
  ];
  if (all.length === 0) return 'it is empty, and would mean every pod';
  return all.map(expressionProblem).find((problem) => problem !== undefined);
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
