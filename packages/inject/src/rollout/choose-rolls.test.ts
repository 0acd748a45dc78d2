import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BudgetedWorkload, chooseRolls, type DisruptionBudget } from './choose-rolls.ts';

function workload(name: string, more: Partial<BudgetedWorkload> = {}): BudgetedWorkload {
  return {
    ...{ workload: name, labels: { app: name }, pods: 3, unavailable: 0, takesDown: 1 },
    ...{ isRolling: false, isNext: true },
    ...more,
  };
}

const budget = (more: Partial<DisruptionBudget> = {}): DisruptionBudget => ({
  ...{ name: 'pdb', selector: { matchLabels: { app: 'a' } } },
  ...{ disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2 },
  ...more,
});

test('without a limit and without budgets everything is rolled', () => {
  expect(chooseRolls([workload('a'), workload('b')], { budgets: [] }).roll).toEqual(['a', 'b']);
});

test('no more pods than allowed may be down, whoever took them down', () => {
  const three = [workload('a'), workload('b'), workload('c')];
  const { roll, held } = chooseRolls(three, { maxUnavailable: 2, budgets: [] });
  expect(roll).toEqual(['a', 'b']);
  expect(held.get('c')).toBe(
    'maxUnavailable is 2: 2 pods are or may be unavailable, and its roll takes 1 down',
  );
  const broken = [workload('a', { isNext: false, unavailable: 2 }), workload('b')];
  expect(chooseRolls(broken, { maxUnavailable: '25%', budgets: [] }).roll).toEqual([]);
  expect(chooseRolls([workload('a', { unavailable: 2 })], { maxUnavailable: 1, budgets: [] }).roll).toEqual([
    'a',
  ]);
  const surge = three.map((each) => ({ ...each, takesDown: 0 }));
  expect(chooseRolls(surge, { maxUnavailable: 1, budgets: [] }).roll).toHaveLength(3);
});

test('a PodDisruptionBudget holds the pods that it selects', () => {
  const none = budget({ disruptionsAllowed: 0, desiredHealthy: 3 });
  const { roll, held } = chooseRolls([workload('a'), workload('b')], { budgets: [none] });
  expect(roll).toEqual(['b']);
  expect(held.get('a')).toBe(
    'PodDisruptionBudget pdb allows 0 disruptions now, and a roll takes 1: 3 of 3 pods that it asks for are healthy',
  );
});

test('an empty selector is every pod, an absent one none', () => {
  const held = (selector?: object) =>
    chooseRolls([workload('a')], {
      budgets: [
        {
          ...budget({ disruptionsAllowed: 0 }),
          ...(selector ? { selector } : { selector: undefined }),
        } as never,
      ],
    }).held.size;
  expect(held({})).toBe(1);
  expect(held()).toBe(0);
});

test('a roll that takes nothing down needs the budget to be met, no more', () => {
  const surge = workload('a', { takesDown: 0 });
  const full = budget({ disruptionsAllowed: 0, desiredHealthy: 3 });
  expect(chooseRolls([surge], { budgets: [full] }).roll).toEqual(['a']);
  const broken = budget({ disruptionsAllowed: 0, currentHealthy: 2, desiredHealthy: 3 });
  expect(chooseRolls([surge], { budgets: [broken] }).held.get('a')).toMatch(/is not met: 2 of 3 pods/);
});

test('workloads that share a budget take turns', () => {
  const shared = budget({ selector: {} });
  expect(chooseRolls([workload('a'), workload('b')], { budgets: [shared] }).roll).toEqual(['a']);
  const rolling = [workload('a', { isRolling: true }), workload('b')];
  expect(chooseRolls(rolling, { budgets: [shared] }).roll).toEqual([]);
});

const workloads = fc
  .uniqueArray(
    fc.record({
      name: fc.integer({ min: 0, max: 50 }),
      pods: fc.integer({ min: 1, max: 9 }),
      takesDown: fc.integer({ min: 0, max: 3 }),
      unavailable: fc.integer({ min: 0, max: 2 }),
      isRolling: fc.boolean(),
      isNext: fc.boolean(),
    }),
    { selector: ({ name }) => name, maxLength: 12 },
  )
  .map((list) => list.map(({ name, ...more }) => workload(`${name}`, more)));

test('whatever the fleet, what is chosen keeps within the limit together with what rolls already', () => {
  fc.assert(
    fc.property(workloads, fc.integer({ min: 1, max: 8 }), (all, maxUnavailable) => {
      const { roll, held } = chooseRolls(all, { maxUnavailable, budgets: [] });
      const atStake = (each: BudgetedWorkload): number =>
        each.isRolling || roll.includes(each.workload)
          ? Math.max(each.takesDown, each.unavailable)
          : each.unavailable;
      const before = all.reduce(
        (sum, each) => sum + (each.isRolling ? Math.max(each.takesDown, each.unavailable) : each.unavailable),
        0,
      );
      const after = all.reduce((sum, each) => sum + atStake(each), 0);
      expect(after).toBeLessThanOrEqual(Math.max(maxUnavailable, before));
      const next = all.filter(({ isNext, isRolling }) => isNext && !isRolling).map((each) => each.workload);
      expect([...roll, ...held.keys()].sort()).toEqual(next.sort());
    }),
    { numRuns: 200 },
  );
});
