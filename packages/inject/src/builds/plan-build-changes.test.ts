import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import { expect, test } from 'vitest';
import type { GoBuildStatus } from './go-build.ts';
import { planBuildChanges } from './plan-build-changes.ts';

const now = new Date('2026-01-02T00:00:00Z');
const retentionMs = 3_600_000;
const claim = { holder: 'w', acquiredAt: '', renewedAt: '', leaseSeconds: 30 };
const plan = (wanted: Parameters<typeof planBuildChanges>[0], existing = [makeGoBuild('a')]) =>
  planBuildChanges(wanted, existing, { now, retentionMs });

test('what is there as wanted is left alone; what is wanted otherwise is applied', () => {
  const build = makeGoBuild('a');
  expect(plan(new Map([['a', build.spec]])).apply.size).toBe(0);
  const elsewhere = { ...build.spec, original: { ...build.spec.original, buildId: 'seen elsewhere' } };
  expect(plan(new Map([['a', elsewhere]])).apply.size).toBe(0);
  const urgent = { ...build.spec, priority: 5 };
  expect(plan(new Map([['a', urgent]]))).toEqual({ apply: new Map([['a', urgent]]), remove: [] });
});

test('what nobody wants and nobody began goes at once', () => {
  expect(plan(new Map()).remove).toEqual(['a']);
});

test.each<GoBuildStatus>([{ phase: 'Ready' }, { phase: 'Failed' }, { phase: 'Building', claim }])(
  'what nobody wants is marked, kept for a while, and goes: $phase',
  (status) => {
    const { apply, remove } = plan(new Map(), [makeGoBuild('a', { status })]);
    expect(remove).toEqual([]);
    const marked = apply.get('a');
    expect(marked).toMatchObject({ unwantedSince: now.toISOString(), wishes: [] });
    const kept = makeGoBuild('a', { spec: { ...marked, unwantedSince: '2026-01-01T23:00:01Z' }, status });
    expect(plan(new Map(), [kept])).toEqual({ apply: new Map(), remove: [] });
    const over = makeGoBuild('a', { spec: { unwantedSince: '2026-01-01T23:00:00Z' }, status });
    expect(plan(new Map(), [over]).remove).toEqual(['a']);
  },
);

test('a wish that comes back takes the mark away', () => {
  const { spec } = makeGoBuild('a');
  const marked = makeGoBuild('a', { spec: { unwantedSince: '2026-01-01T23:59:00Z', wishes: [] } });
  expect(plan(new Map([['a', spec]]), [marked]).apply.get('a')).not.toHaveProperty('unwantedSince');
});
