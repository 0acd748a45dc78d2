import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countDemand, planJobs, renderJob } from './worker-jobs.ts';

const now = new Date('2026-01-01T00:10:00Z');
const job = (slot: number, type?: 'Complete' | 'Failed', lastTransitionTime = '2026-01-01T00:00:00Z') => ({
  metadata: { name: `gofleet-worker-${slot}` },
  status: type === undefined ? {} : { conditions: [{ type, status: 'True', lastTransitionTime }] },
});

test('as many workers as there are builds, up to the limit', () => {
  expect(planJobs([], { demand: 2, max: 4, now }).create).toEqual(['gofleet-worker-0', 'gofleet-worker-1']);
  expect(planJobs([], { demand: 9, max: 2, now }).create).toHaveLength(2);
  expect(planJobs([job(1)], { demand: 2, max: 4, now })).toEqual({
    remove: [],
    create: ['gofleet-worker-0'],
  });
  expect(planJobs([job(0)], { demand: 0, max: 4, now })).toEqual({ remove: [], create: [] });
});

test('a Job that is over is cleared away; one that failed keeps its place for a while', () => {
  expect(planJobs([job(0, 'Complete')], { demand: 0, max: 1, now }).remove).toEqual(['gofleet-worker-0']);
  const failed = job(0, 'Failed', '2026-01-01T00:09:30Z');
  expect(planJobs([failed], { demand: 1, max: 1, now })).toEqual({ remove: [], create: [] });
  expect(planJobs([job(0, 'Failed')], { demand: 1, max: 1, now }).remove).toHaveLength(1);
});

test('never more Jobs than the limit, and never two of one name', () => {
  const jobs = fc.uniqueArray(
    fc.tuple(fc.nat(9), fc.constantFrom(undefined, 'Complete' as const, 'Failed' as const)),
    {
      selector: ([slot]) => slot,
    },
  );
  fc.assert(
    fc.property(jobs, fc.nat(20), fc.integer({ min: 1, max: 10 }), (existing, demand, max) => {
      const all = existing.filter(([slot]) => slot < max).map(([slot, end]) => job(slot, end));
      const { remove, create } = planJobs(all, { demand, max, now });
      const kept = all.map(({ metadata }) => metadata.name).filter((name) => !remove.includes(name));
      expect(new Set([...kept, ...create]).size).toBe(kept.length + create.length);
      expect(kept.length + create.length).toBeLessThanOrEqual(Math.max(max, kept.length));
    }),
  );
});

test('what waits for its next try needs no worker yet', () => {
  const waiting = makeGoBuild('a', { status: { phase: 'Queued', nextAttemptAt: '2026-01-01T00:20:00Z' } });
  const claim = { holder: 'w', acquiredAt: '', renewedAt: '', leaseSeconds: 30 };
  const busy = makeGoBuild('b', { status: { phase: 'Building', claim } });
  expect(
    countDemand([waiting, busy, makeGoBuild('c'), makeGoBuild('d', { status: { phase: 'Ready' } })], now),
  ).toBe(2);
});

test('a Job is what the template says, and goes with it', () => {
  const template = { metadata: { name: 'x', labels: { a: 'b' } }, spec: { containers: [] } };
  expect(
    renderJob('gofleet-worker-0', { metadata: { name: 'gofleet-worker', uid: 'u' }, template }),
  ).toMatchObject({
    metadata: { labels: { a: 'b' }, ownerReferences: [{ kind: 'PodTemplate', uid: 'u' }] },
    spec: { template },
  });
});
