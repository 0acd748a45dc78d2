import { makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explainWaiting, hasMoved } from './describe-rollout.ts';
import type { RolloutStatus } from './rollout-status.ts';

const names = ['Deployment/a', 'Deployment/b', 'Deployment/c'];

/** A roll-out whose first so many workloads have begun. */
const rollouts: fc.Arbitrary<RolloutStatus | undefined> = fc.option(
  fc
    .record({
      phase: fc.constantFrom('Progressing' as const, 'Completed' as const, 'Undone' as const),
      to: fc.constantFrom('go1.25.1', 'go1.26.8'),
      wave: fc.integer({ min: 0, max: 3 }),
      begun: fc.integer({ min: 0, max: 3 }),
    })
    .map(({ phase, to, wave, begun }) => ({
      ...{ phase, to: { id: to, wish: { runtime: { goVersion: to } } }, wave, waves: 3 },
      workloads: names.slice(0, begun).map((workload) => ({ workload, wave })),
    })),
  { nil: undefined },
);

test('what any pod waits for is the same until the roll-out has moved', () => {
  const waiting = (rollout: RolloutStatus | undefined): string => {
    const runtime = makeRuntime({ status: rollout === undefined ? {} : { rollout } });
    return names.map((name) => explainWaiting(runtime, name)).join();
  };
  fc.assert(
    fc.property(rollouts, rollouts, (before, after) => {
      if (!hasMoved(before, after)) expect(waiting(after)).toBe(waiting(before));
    }),
    { numRuns: 1000 },
  );
});

test('a wave that only goes on, or a workload that is measured, moves nothing', () => {
  const rollout: RolloutStatus = {
    ...{ phase: 'Progressing', to: { id: 'go1.26.8', wish: { runtime: { goVersion: 'go1.26.8' } } } },
    ...{ wave: 1, waves: 3, workloads: [{ workload: 'Deployment/a', wave: 1 }] },
  };
  expect(hasMoved(rollout, { ...rollout, watchedSince: '2026-01-01T00:00:00Z', notes: ['x'] })).toBe(false);
  expect(hasMoved(undefined, rollout)).toBe(true);
});
