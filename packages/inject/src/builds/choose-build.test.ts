import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { claimableBuilds, isOpen, turnOf } from './choose-build.ts';
import type { GoBuild, GoBuildStatus } from './go-build.ts';

const now = new Date('2026-01-02T00:00:00Z');
const order = (builds: readonly GoBuild[], isAbandoned = (_: GoBuild) => false) =>
  claimableBuilds(builds, { now, isAbandoned }).map(({ metadata }) => metadata.name);
const asked = (name: string, minute: number, priority: number) =>
  makeGoBuild(name, {
    metadata: { creationTimestamp: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString() },
    spec: { priority },
  });

test('higher priority first, then who has waited longer; a point of priority is a minute of waiting', () => {
  expect(order([asked('b', 1, 0), asked('a', 1, 0), asked('old', 0, 0), asked('urgent', 1, 100)])).toEqual([
    ...['urgent', 'old', 'a', 'b'],
  ]);
  expect(order([asked('waited', 0, 0), asked('newer', 9, 10)])).toEqual(['newer', 'waited']);
  expect(order([asked('waited', 0, 0), asked('too-new', 11, 10)])).toEqual(['waited', 'too-new']);
});

test('nothing starves: what is asked for later than the highest priority in minutes comes behind', () => {
  const build = fc.record({
    minute: fc.integer({ min: 0, max: 5000 }),
    priority: fc.integer({ min: -1000, max: 1000 }),
  });
  fc.assert(
    fc.property(build, build, (a, b) => {
      const [first, second] = [asked('a', a.minute, a.priority), asked('b', b.minute, b.priority)];
      if (b.minute - a.minute > b.priority - a.priority) expect(turnOf(first)).toBeLessThan(turnOf(second));
    }),
  );
});

const claim = { holder: 'w', acquiredAt: '', renewedAt: '', leaseSeconds: 30 };
const withStatus = (status: GoBuildStatus) => makeGoBuild('a', { status });

test.each<[string, GoBuild, boolean]>([
  ['waits', makeGoBuild('a'), true],
  ['is wanted by nobody', makeGoBuild('a', { spec: { unwantedSince: '2026-01-01T00:00:00Z' } }), false],
  ['is ready', withStatus({ phase: 'Ready' }), false],
  ['failed', withStatus({ phase: 'Failed', code: 'build.compile-failed' }), false],
  ['waits for its next try', withStatus({ phase: 'Queued', nextAttemptAt: '2026-01-02T00:00:01Z' }), false],
  ['is due again', withStatus({ phase: 'Queued', nextAttemptAt: '2026-01-02T00:00:00Z' }), true],
  ['is worked on', withStatus({ phase: 'Building', claim }), false],
  [
    'had too little evidence',
    withStatus({ phase: 'Failed', code: 'build.grade-too-low', grade: 'claimed' }),
    false,
  ],
])('a build that %s', (_, build, isClaimable) => {
  expect(order([build])).toEqual(isClaimable ? ['a'] : []);
});

test('a claim that ran out is taken over', () => {
  expect(order([withStatus({ phase: 'Building', claim })], () => true)).toEqual(['a']);
});

test('too little evidence yesterday is enough for a wish that asks for less today', () => {
  const status = { phase: 'Failed', code: 'build.grade-too-low', grade: 'claimed' } as const;
  expect(isOpen(makeGoBuild('a', { spec: { minimumGrade: 'claimed' }, status }))).toBe(true);
});
