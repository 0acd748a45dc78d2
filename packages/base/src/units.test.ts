import { expect, test } from 'vitest';
import { quantile, renderBytes, renderDuration } from './units.ts';

test('sizes', () => {
  expect([0, 1023, 1536, 58_936_413, 3 * 1024 ** 4].map(renderBytes)).toEqual([
    '0 B',
    '1023 B',
    '1.5 KiB',
    '56.2 MiB',
    '3.0 TiB',
  ]);
});

test('durations', () => {
  expect([3.4, 999, 1500, 59_900, 250_000].map(renderDuration)).toEqual([
    '3 ms',
    '999 ms',
    '1.5 s',
    '59.9 s',
    '4 min 10 s',
  ]);
});

test('quantiles by nearest rank', () => {
  const numbers = [5, 1, 4, 2, 3];
  expect(quantile(numbers, 0.5)).toBe(3);
  expect(quantile(numbers, 0.99)).toBe(5);
  expect(quantile(numbers, 0)).toBe(1);
  expect(quantile([], 0.5)).toBeUndefined();
});
