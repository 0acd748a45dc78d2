import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesSelector } from './match-selector.ts';

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
