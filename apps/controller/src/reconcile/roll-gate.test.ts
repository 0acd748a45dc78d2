import { expect, test } from 'vitest';
import { RollGate } from './roll-gate.ts';

/** Rolls when it may; answers the wait. */
function take(gate: RollGate, path: string, value: string | null, nowMs: number): number {
  const waitMs = gate.waitMs(path, value, nowMs);
  if (waitMs === 0) gate.rolled(path, value, nowMs);
  return waitMs;
}

test('the first roll is free, repeats and repairs of one value wait longer each time, a new value is free', () => {
  const gate = new RollGate();
  expect(take(gate, 'a', 'v', 0)).toBe(0);
  expect(take(gate, 'a', 'v+1', 1000)).toBe(9000);
  expect(take(gate, 'b', 'v', 1000)).toBe(0);
  expect(take(gate, 'a', 'v+1', 10_000)).toBe(0);
  expect(take(gate, 'a', 'v+2', 15_000)).toBe(15_000);
  expect(take(gate, 'a', 'w', 15_000)).toBe(0);
  expect(take(gate, 'a', null, 15_000)).toBe(0);
});

test('a fight waits ten minutes each time; what has not rolled for twenty is forgotten', () => {
  const gate = new RollGate();
  let now = 0;
  for (let turn = 0; turn < 20; turn += 1) {
    expect(take(gate, 'b', `v+${turn}`, now)).toBe(0);
    now += take(gate, 'b', `v+${turn + 1}`, now);
  }
  expect(take(gate, 'b', 'v', now)).toBe(0);
  expect(take(gate, 'b', 'v', now)).toBe(600_000);
  expect(take(gate, 'b', 'v', now + 1_200_000)).toBe(0);
  expect(take(gate, 'b', 'v', now + 1_200_000)).toBe(10_000);
});

test('a turn that came to nothing does not count', () => {
  const gate = new RollGate();
  gate.rolled('a', 'v', 0);
  expect([10_000, 10_001, 10_002].map((nowMs) => gate.waitMs('a', 'v', nowMs))).toEqual([0, 0, 0]);
});
