import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseQuantity } from './parse-quantity.ts';

test.each([
  ['1', 1],
  ['500m', 0.5],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['128Mi', 134_217_728],
  ['1Gi', 1_073_741_824],
  ['1G', 1e9],
  ['1e9', 1e9],
  ['12E6', 12e6],
  ['2E', 2e18],
  ['100u', 1e-4],
  ['+1k', 1000],
])('%s is %d', (text, value) => {
  expect(parseQuantity(text)).toBeCloseTo(value, 6);
});

test('numbers of YAML are taken as they are', () => {
  expect(parseQuantity(2)).toBe(2);
});

test('anything else is none', () => {
  for (const text of ['', 'x', '1 Gi', '1gi', '1KI', '--1', '1e', '1e9999', '0x10', '1Gi2'])
    expect(parseQuantity(text)).toBeUndefined();
});

test('any text ends with a finite number or none', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const value = parseQuantity(text);
      expect(value === undefined || Number.isFinite(value)).toBe(true);
    }),
  );
});
