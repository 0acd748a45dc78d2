import { expect, test } from 'vitest';
import type { PodPhase, PodStatus } from '../runtime-status.ts';
import { maxExceptions, summariseReports } from './exceptions.ts';

const entries = (phase: PodPhase, count: number): PodStatus[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ pod: `${phase}-${String(index).padStart(5, '0')}`.toLowerCase(), container: 'manager', phase },
    reason: 'x'.repeat(1000),
  }));

test('the worst come first, and no number of pods makes the summary longer', () => {
  const { phases, exceptions = [] } = summariseReports([
    ...entries('Verified', 4000),
    ...entries('Ineffective', 500),
    ...entries('Failed', 3),
  ]);
  expect(phases).toEqual({ Failed: 3, Ineffective: 500, Verified: 4000 });
  expect(exceptions).toHaveLength(maxExceptions);
  expect(exceptions.map(({ phase }) => phase).slice(2, 5)).toEqual(['Failed', 'Ineffective', 'Ineffective']);
  expect(JSON.stringify(summariseReports(entries('Failed', 5000))).length).toBeLessThan(12_000);
});

test('what goes well is counted only', () => {
  const summary = summariseReports([...entries('Verified', 2), ...entries('RollingOut', 1)]);
  expect(summary).toEqual({ phases: { RollingOut: 1, Verified: 2 }, exceptions: [] });
});
