import { expect, test } from 'vitest';
import { FetchGate } from './fetch-gate.ts';

test('a roll-out waits for the nodes, a minute at most; another value waits anew', () => {
  const gate = new FetchGate();
  const wait = (value: string, isFetched: boolean, nowMs: number) =>
    gate.waitMs('w', value, { isFetched, nowMs });
  expect(wait('a', false, 0)).toBeGreaterThan(0);
  expect(wait('a', true, 1000)).toBe(0);
  expect(wait('a', false, 59_000)).toBeGreaterThan(0);
  expect(wait('a', false, 60_000)).toBe(0);
  expect(wait('b', false, 61_000)).toBeGreaterThan(0);
  expect(wait('b', false, 130_000)).toBe(0);
  expect(wait('b', false, 4_000_000)).toBeGreaterThan(0);
});
