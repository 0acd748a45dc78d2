import { expect, test } from 'vitest';
import { alternate, parseFirstStamp } from './start-times.ts';

test('the first stamp of a log page, to the nanosecond that a double holds', () => {
  const page = '2026-11-23T17:18:19.123456789Z Usage of /manager:\n2026-11-23T17:18:19.2Z next\n';
  expect(parseFirstStamp(page)).toBeCloseTo(Date.parse('2026-11-23T17:18:19.123Z') + 0.456789, 3);
});

test('stamps with an offset and without a fraction', () => {
  expect(parseFirstStamp('2026-11-23T19:18:19+02:00 x')).toBe(Date.parse('2026-11-23T17:18:19Z'));
});

test('a page without a line has none', () => {
  expect(parseFirstStamp('')).toBeUndefined();
  expect(parseFirstStamp('container "main" is waiting to start')).toBeUndefined();
});

test('every other round goes backwards', () => {
  expect(alternate(['a', 'b', 'c'], 3).join('')).toBe('abccbaabc');
});
