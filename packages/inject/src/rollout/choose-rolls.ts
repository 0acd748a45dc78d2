import type { LabelSelector } from '../go-runtime.ts';
import { matchesSelector } from '../match-selector.ts';
import { type CountOrPercent, countOf } from './rollout-spec.ts';

/** A PodDisruptionBudget, as far as it is looked at. */
export interface DisruptionBudget {
  readonly name: string;
  /** As a selector of policy/v1: an empty one selects every pod of the namespace. */
  readonly selector?: LabelSelector;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
}

/** A workload, as far as budgets go. */
export interface BudgetedWorkload {
  /** `Deployment/cart`. */
  readonly workload: string;
  /** Labels of its pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly pods: number;
  readonly unavailable: number;
  /** How many of its pods its own strategy takes down at a time. */
  readonly takesDown: number;
  /** Its pods are being replaced. */
  readonly isRolling: boolean;
  /** It is to be rolled now, if the budgets allow. */
  readonly isNext: boolean;
}

/** Which workloads to roll now, and why not the others. */
export interface RollChoice {
  readonly roll: readonly string[];
  readonly held: ReadonlyMap<string, string>;
}

function isEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

function covers({ selector }: DisruptionBudget, { labels }: BudgetedWorkload): boolean {
  return selector !== undefined && (isEmpty(selector) || matchesSelector(selector, labels));
}

/** Why a PodDisruptionBudget holds a workload back. `left` are the disruptions that are not taken yet. */
function heldBy(budget: DisruptionBudget, { takesDown }: BudgetedWorkload, left: number): string | undefined {
  const { name, currentHealthy, desiredHealthy } = budget;
  const healthy = `${currentHealthy} of ${desiredHealthy} pods that it asks for are healthy`;
  if (currentHealthy < desiredHealthy) return `PodDisruptionBudget ${name} is not met: ${healthy}`;
  if (takesDown <= left) return undefined;
  return `PodDisruptionBudget ${name} allows ${left} disruptions now, and a roll takes ${takesDown}: ${healthy}`;
}

/** How many pods may be down because of a workload: what its roll may take, or what is down already. */
function stakeOf({ takesDown, unavailable, isRolling }: BudgetedWorkload): number {
  return isRolling ? Math.max(takesDown, unavailable) : unavailable;
}

/**
 * Which of the workloads may be rolled now, in their order: never so many that more pods could be unavailable than `maxUnavailable`, and
 * never against a PodDisruptionBudget. A workload whose strategy takes no pod down (surge) only needs the budgets to be met.
 */
export function chooseRolls(
  workloads: readonly BudgetedWorkload[],
  {
    maxUnavailable,
    budgets,
  }: { readonly maxUnavailable?: CountOrPercent; readonly budgets: readonly DisruptionBudget[] },
): RollChoice {
  const pods = workloads.reduce((sum, each) => sum + each.pods, 0);
  const limit = maxUnavailable === undefined ? undefined : Math.max(1, countOf(maxUnavailable, pods));
  let stake = workloads.reduce((sum, each) => sum + stakeOf(each), 0);
  const left = new Map(budgets.map(({ name, disruptionsAllowed }) => [name, disruptionsAllowed]));
  for (const rolling of workloads.filter(({ isRolling }) => isRolling))
    for (const { name } of budgets.filter((budget) => covers(budget, rolling)))
      left.set(name, (left.get(name) ?? 0) - Math.max(0, rolling.takesDown - rolling.unavailable));
  const roll: string[] = [];
  const held = new Map<string, string>();
  for (const next of workloads.filter(({ isNext, isRolling }) => isNext && !isRolling)) {
    const mine = budgets.filter((budget) => covers(budget, next));
    const reason = mine.map((budget) => heldBy(budget, next, left.get(budget.name) ?? 0)).find(Boolean);
    const more = Math.max(next.takesDown, next.unavailable) - next.unavailable;
    if (reason !== undefined) held.set(next.workload, reason);
    else if (limit !== undefined && more > 0 && stake + more > limit)
      held.set(
        next.workload,
        `maxUnavailable is ${limit}: ${stake} pods are or may be unavailable, and its roll takes ${next.takesDown} down`,
      );
    else {
      roll.push(next.workload);
      stake += more;
      for (const { name } of mine) left.set(name, (left.get(name) ?? 0) - next.takesDown);
    }
  }
  return { roll, held };
}
