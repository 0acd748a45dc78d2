import { expect, test } from 'vitest';
import { RollGate } from './roll-gate.ts';

test('the first roll is free, repeats and repairs of one value wait longer each time, a new value is free', () => {
  const gate = new RollGate();
  expect(gate.take('a', 'v', 0)).toBe(0);
  expect(gate.take('a', 'v+1', 1000)).toBe(9000);
  expect(gate.take('b', 'v', 1000)).toBe(0);
  expect(gate.take('a', 'v+1', 10_000)).toBe(0);
  expect(gate.take('a', 'v+2', 15_000)).toBe(15_000);
  expect(gate.take('a', 'w', 15_000)).toBe(0);
  expect(gate.take('a', null, 15_000)).toBe(0);
});
