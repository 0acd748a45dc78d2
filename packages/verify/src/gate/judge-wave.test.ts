import { createHash } from 'node:crypto';
import type { GateSpec } from '@gofleet/inject/rollout-spec';
import type { WorkloadSample } from '@gofleet/inject/rollout-status';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chanceOfEvents, chanceOfHits } from './chance.ts';
import { judgeRestarts, judgeWave } from './judge-wave.ts';

const sample = (more: Partial<WorkloadSample> = {}): WorkloadSample => ({
  ...{ at: '2026-01-01T00:00:00Z', pods: 3, ready: 3, restarts: 0, podSeconds: 100_000 },
  ...more,
});
const judge = (gate: GateSpec, before: Partial<WorkloadSample>, now: Partial<WorkloadSample>, start = {}) =>
  judgeWave(
    [{ workload: 'Deployment/a', before: sample(before), start: sample(start), now: sample(now) }],
    gate,
  );

test('chances are those of the textbook', () => {
  expect(chanceOfEvents(0, 5)).toBe(1);
  expect(chanceOfEvents(1, 0)).toBe(0);
  expect(chanceOfEvents(3, 1)).toBeCloseTo(0.0803, 4);
  expect(chanceOfEvents(1100, 1000)).toBeCloseTo(0.0009, 3);
  expect(chanceOfHits(2, 10, 0.01)).toBeCloseTo(0.00427, 5);
  expect(chanceOfHits(1, 100, 0.01)).toBeCloseTo(0.634, 3);
  expect(chanceOfHits(1_100, 100_000, 0.01)).toBeCloseTo(0.0008, 4);
});

test('restarts: a few may happen, a rate that was there before may stay', () => {
  const restarts = (before: number, now: number) =>
    judge({}, { restarts: before }, { restarts: now, podSeconds: 1000 }).outcome;
  expect([restarts(0, 0), restarts(0, 1), restarts(0, 2)]).toEqual(['passed', 'passed', 'regressed']);
  expect([restarts(200, 3), restarts(200, 9)]).toEqual(['passed', 'regressed']);
  const verdict = judgeRestarts(
    [{ workload: 'Deployment/a', before: sample(), now: sample({ restarts: 4, podSeconds: 60 }) }],
    {},
  );
  expect(verdict).toEqual({
    outcome: 'regressed',
    evidence: ['Deployment/a: 4 restarts in 60 pod seconds; before 0 in 100000, allowed 1'],
  });
});

const metrics: GateSpec = { metrics: { port: 1 } };
const pauses = (count: number, seconds: number) => ({ gcPauses: { count, seconds } });

test('pauses: only what is longer than allowed, noticeable, and seen often enough', () => {
  expect(judge(metrics, pauses(1000, 1), pauses(100, 0.15)).outcome).toBe('passed');
  expect(judge(metrics, pauses(1000, 1), pauses(100, 0.9))).toEqual({
    outcome: 'regressed',
    evidence: ['Deployment/a: pauses of 9 ms on average over 100; before 1 ms over 1000, allowed 2 ms'],
  });
  expect(judge(metrics, pauses(1000, 0.01), pauses(100, 0.05)).outcome).toBe('passed');
  expect(judge(metrics, pauses(1000, 1), pauses(10, 5))).toMatchObject({
    outcome: 'passed',
    notes: ['Deployment/a: 10 pauses, before 1000; 50 are needed to judge'],
  });
  const strict: GateSpec = { ...metrics, inconclusive: 'Wait' };
  expect(judge(strict, pauses(1000, 1), pauses(10, 5)).outcome).toBe('waits');
  // What happened while the process started is left out.
  expect(judge(metrics, pauses(1000, 1), pauses(160, 2.1), pauses(60, 2)).outcome).toBe('passed');
  // Counters that were reset since begin at zero.
  expect(judge(metrics, pauses(1000, 1), pauses(100, 0.9), pauses(500, 3)).outcome).toBe('regressed');
});

const timed: GateSpec = {
  metrics: { port: 1, latency: { histogram: 'x' } },
  minSamples: 50,
};
const tail = (count: number, above: number) => ({
  ...pauses(1000, 1),
  latency: { count, p99Seconds: 0.1, boundSeconds: 0.15, above },
});

test('latencies: more than 1 % above what the p99 may be, and not by chance', () => {
  expect(judge(timed, tail(10_000, 5), tail(1000, 15)).outcome).toBe('passed');
  expect(judge(timed, tail(10_000, 5), tail(1000, 30))).toMatchObject({
    outcome: 'regressed',
    evidence: [
      'Deployment/a: 3 % of 1000 requests took longer than 150 ms; before, 99 % of 10000 took at most 100 ms',
    ],
  });
  expect(judge(timed, tail(20, 0), tail(1000, 900))).toMatchObject({ outcome: 'passed', notes: [/needed/] });
  // A pod went while the wave was watched, and its slow start with it: 23 of 1,700, not 23 of 1,300.
  expect(judge(timed, tail(10_000, 5), tail(1700, 23), tail(400, 40)).outcome).toBe('passed');
});

test('error lines in logs: more than allowed for the same time', () => {
  const gate: GateSpec = { logs: { errorMarks: ['ERROR'] } };
  const errors = (lines: number, podSeconds = 300) => ({ errors: { lines, podSeconds } });
  expect(judge(gate, errors(10), errors(20)).outcome).toBe('passed');
  expect(judge(gate, errors(10), errors(60)).outcome).toBe('regressed');
  expect(judge(gate, errors(0), errors(4)).outcome).toBe('passed');
  expect(judge(gate, {}, errors(60))).toMatchObject({ outcome: 'passed', notes: [/no logs/] });
});

test('noise: of a fleet that is as it was, few waves are stopped', () => {
  // A repeatable sequence, since a test must not fail once in a hundred runs.
  let seed = 7;
  const random = (): number => {
    seed = createHash('sha256').update(`${seed}`).digest().readUInt32LE();
    return seed / 2 ** 32;
  };
  const slow = (count: number): number =>
    Array.from({ length: count }, random).filter((each) => each < 0.01).length;
  const stopped = Array.from({ length: 1000 }, () => judge(timed, tail(10_000, 100), tail(500, slow(500))));
  expect(stopped.filter(({ outcome }) => outcome === 'regressed').length).toBeLessThan(20);
});

test('any numbers give a verdict', () => {
  const count = fc.nat({ max: 1_000_000 });
  const any = fc.record({
    restarts: count,
    podSeconds: count,
    count,
    above: count,
    seconds: fc.float({ min: 0 }),
  });
  fc.assert(
    fc.property(any, any, (a, b) => {
      const of = (x: typeof a): Partial<WorkloadSample> => ({
        ...{ restarts: x.restarts, podSeconds: x.podSeconds },
        ...{ gcPauses: { count: x.count, seconds: x.seconds } },
        latency: { count: x.count, p99Seconds: 0.1, boundSeconds: 0.2, above: Math.min(x.above, x.count) },
      });
      expect(['passed', 'regressed', 'waits']).toContain(judge(timed, of(a), of(b)).outcome);
    }),
  );
});
