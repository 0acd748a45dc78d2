import { makeBinary, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import {
  forgettableBinaries,
  forgettableSearchPaths,
  isFull,
  maxUnusedBinaries,
} from './forgettable-binaries.ts';

const withImages = (count: number) =>
  makeRuntime({ status: { binaries: Array.from({ length: count }, (_, at) => makeBinary(`app:v${at}`)) } });

test('images that are used are never forgotten, a few unused ones are kept', () => {
  expect(forgettableBinaries(withImages(maxUnusedBinaries + 1), new Set(['app:v0']))).toEqual([]);
  const many = forgettableBinaries(withImages(maxUnusedBinaries + 2), new Set(['app:v0']));
  expect(many).toHaveLength(maxUnusedBinaries + 1);
  expect(many.map(({ image }) => image)).not.toContain('app:v0');
});

test('what PATH was in images is forgotten likewise', () => {
  const searchPaths = Array.from({ length: maxUnusedBinaries + 2 }, (_, at) => ({
    ...{ image: `app:v${at}`, imageId: 'i', path: '/bin' },
  }));
  const runtime = makeRuntime({ status: { searchPaths } });
  expect(forgettableSearchPaths(runtime, new Set(['app:v0']))).toHaveLength(maxUnusedBinaries + 1);
  expect(forgettableSearchPaths(runtime, new Set(['app:v0', 'app:v1']))).toEqual([]);
});

test('programs are taken up as long as their build info fits into one object', () => {
  const buildInfo = 'x'.repeat(20_000);
  const wishOf = (programs: number) =>
    makeRuntime({
      status: {
        binaries: Array.from({ length: programs }, (_, at) => makeBinary(`app-${at}`, { buildInfo })),
      },
    });
  expect([0, 44, 45, 60].map((programs) => isFull(wishOf(programs)))).toEqual([false, false, true, true]);
});
