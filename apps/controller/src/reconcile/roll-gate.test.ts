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

test('a fight waits ten minutes each time; what has not rolled for twenty is forgotten', () => {
  const gate = new RollGate();
  let now = 0;
  for (let turn = 0; turn < 20; turn += 1) {
    expect(gate.take('b', `v+${turn}`, now)).toBe(0);
    now += gate.take('b', `v+${turn + 1}`, now);
  }
  expect(gate.take('b', 'v', now)).toBe(0);
  expect(gate.take('b', 'v', now)).toBe(600_000);
  expect(gate.take('b', 'v', now + 1_200_000)).toBe(0);
  expect(gate.take('b', 'v', now + 1_200_000)).toBe(10_000);
});
