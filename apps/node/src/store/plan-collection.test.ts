import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planCollection, type StoredFile } from './plan-collection.ts';

const file = (sha256: string, sizeBytes = 10, usedAtMs = 0): StoredFile => ({ sha256, sizeBytes, usedAtMs });
const names = (...all: string[]): ReadonlySet<string> => new Set(all);

test('what nobody wants goes, what is mounted stays', () => {
  const files = [file('wanted'), file('stale'), file('mounted')];
  expect(
    planCollection(files, { wanted: names('wanted'), mounted: names('mounted'), maxBytes: 100 }),
  ).toEqual(['stale']);
});

test('too much: the least recently used goes first, until it is enough', () => {
  const files = [file('old', 10, 1), file('new', 10, 3), file('middle', 10, 2), file('mounted', 10, 0)];
  const wanted = names('old', 'new', 'middle', 'mounted');
  expect(planCollection(files, { wanted, mounted: names('mounted'), maxBytes: 25 })).toEqual([
    'old',
    'middle',
  ]);
  expect(planCollection(files, { wanted, mounted: wanted, maxBytes: 0 })).toEqual([]);
});

test('nothing mounted is ever removed, and what is left fits or is mounted', () => {
  const anyFile = fc.record({ sha256: fc.string(), sizeBytes: fc.nat(1000), usedAtMs: fc.nat(1000) });
  fc.assert(
    fc.property(
      fc.uniqueArray(anyFile, { selector: ({ sha256 }) => sha256 }),
      fc.nat(5000),
      fc.nat(),
      (files, maxBytes, seed) => {
        const pick = (bit: number) =>
          new Set(files.filter((_, at) => (seed >> (at + bit)) & 1).map(({ sha256 }) => sha256));
        const [wanted, mounted] = [pick(0), pick(7)];
        const removed = new Set(planCollection(files, { wanted, mounted, maxBytes }));
        const kept = files.filter(({ sha256 }) => !removed.has(sha256));
        expect([...mounted].some((each) => removed.has(each))).toBe(false);
        const total = kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
        expect(total <= maxBytes || kept.every(({ sha256 }) => mounted.has(sha256))).toBe(true);
      },
    ),
  );
});
