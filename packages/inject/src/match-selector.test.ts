import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesSelector, selectorProblem } from './match-selector.ts';

test('every label and expression must hold', () => {
  const labels = { app: 'x', tier: 'back' };
  expect(matchesSelector({}, labels)).toBe(false);
  expect(matchesSelector({ matchLabels: { app: 'x' } }, labels)).toBe(true);
  expect(matchesSelector({ matchLabels: { app: 'y' } }, labels)).toBe(false);
  const holds = (operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', key: string, values?: string[]) =>
    matchesSelector({ matchExpressions: [{ key, operator, ...(values && { values }) }] }, labels);
  expect([holds('In', 'tier', ['back']), holds('In', 'tier', []), holds('In', 'none', ['back'])]).toEqual([
    true,
    false,
    false,
  ]);
  expect([holds('NotIn', 'tier', ['back']), holds('NotIn', 'none', ['back'])]).toEqual([false, true]);
  expect([holds('Exists', 'app'), holds('DoesNotExist', 'app'), holds('Exists', 'toString')]).toEqual([
    true,
    false,
    false,
  ]);
});

test('In and NotIn are opposites for any labels', () => {
  const labels = fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.constantFrom('1', '2'));
  fc.assert(
    fc.property(labels, (found) => {
      const term = (operator: 'In' | 'NotIn') =>
        matchesSelector({ matchExpressions: [{ key: 'a', operator, values: ['1'] }] }, found);
      return term('In') !== term('NotIn');
    }),
  );
});

test('what the API server would not take is named', () => {
  const of = (key: string, operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', values?: string[]) =>
    selectorProblem({ matchExpressions: [{ key, operator, ...(values && { values }) }] });
  expect([of('a.example/b_c', 'In', ['x', '']), of('a', 'Exists'), of('a', 'NotIn', ['x'])]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(selectorProblem({ matchLabels: { app: 'x' } })).toBeUndefined();
  expect(selectorProblem({})).toContain('every pod');
  expect(selectorProblem({ matchLabels: { 'a b': 'x' } })).toBe('"a b" is no key of a label');
  expect(selectorProblem({ matchLabels: { a: 'x y' } })).toBe('"x y" is no value of a label');
  expect(of('a', 'Exists', ['x'])).toBe('a: Exists takes no values');
  expect(of('a', 'In')).toBe('a: In takes values');
  expect(of(`${'p'.repeat(254)}/a`, 'Exists')).toContain('is no key');
});
