import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CacheFile } from './cache-file.ts';
import { planTrim, useIntervalMs } from './plan-trim.ts';

const hour = useIntervalMs;
const file = (kind: CacheFile['kind'], usedAtMs: number, sizeBytes = 10): CacheFile => ({
  name: `${kind}${usedAtMs}`,
  kind,
  sizeBytes,
  usedAtMs,
});

test('the least recently used go first, and only as many as must', () => {
  const files = [5, 1, 9, 3].map((at) => file('data', at * hour));
  const { data, keptBytes, isHeldBack } = planTrim({ files, maxBytes: 25, busySinceMs: undefined });
  expect(data.map(({ usedAtMs }) => usedAtMs / hour)).toEqual([1, 3]);
  expect([keptBytes, isHeldBack]).toEqual([20, false]);
});

test('what a running build may use stays, and the plan says that it does', () => {
  const files = [1, 5, 9].map((at) => file('data', at * hour));
  const { data, isHeldBack } = planTrim({ files, maxBytes: 0, busySinceMs: 6 * hour });
  expect(data.map(({ usedAtMs }) => usedAtMs / hour)).toEqual([1]);
  expect(isHeldBack).toBe(true);
});

test('a cache below the cap is left alone', () => {
  const files = [file('data', 0), file('action', 0)];
  expect(planTrim({ files, maxBytes: 20, busySinceMs: undefined })).toMatchObject({ actions: [], data: [] });
});

const anyFile = fc.record({
  name: fc.string(),
  kind: fc.constantFrom('action' as const, 'data' as const),
  sizeBytes: fc.nat(1000),
  usedAtMs: fc.nat(100 * hour),
});

test('the cap is kept when nothing runs; no entry is left that could lead to an output that goes', () => {
  fc.assert(
    fc.property(fc.array(anyFile), fc.nat(20_000), (files, maxBytes) => {
      const plan = planTrim({ files, maxBytes, busySinceMs: undefined });
      const gone = new Set([...plan.actions, ...plan.data]);
      const kept = files.filter((each) => !gone.has(each));
      const total = kept.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
      expect(plan.keptBytes).toBe(total);
      const hasData = kept.some(({ kind }) => kind === 'data');
      if (hasData) expect(total).toBeLessThanOrEqual(maxBytes);
      const last = Math.max(-Infinity, ...plan.data.map(({ usedAtMs }) => usedAtMs));
      for (const { kind, usedAtMs } of kept)
        if (kind === 'action') expect(usedAtMs).toBeGreaterThan(last + hour);
    }),
  );
});
