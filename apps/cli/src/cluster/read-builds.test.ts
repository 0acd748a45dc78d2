import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import { expect, test } from 'vitest';
import { countPhases, readBuilds, renderBuilds } from './read-builds.ts';

const builds = [
  makeGoBuild('ready', { status: { phase: 'Ready', grade: 'proven' } }),
  makeGoBuild('failed', { status: { phase: 'Failed', message: 'build.compile-failed: no\n./x.go:1' } }),
  makeGoBuild('later', { spec: { priority: 1 } }),
  makeGoBuild('sooner', { spec: { priority: 2 }, status: { phase: 'Queued' } }),
  makeGoBuild('now', { status: { phase: 'Building', message: 'building with go1.26.8' } }),
];
const client = { list: async () => ({ metadata: {}, items: builds }) };

test('what is worked on comes first, then what waits by its priority, then what failed, then the rest', async () => {
  const names = (await readBuilds(client as never)).map(({ metadata }) => metadata.name);
  expect(names).toEqual(['now', 'sooner', 'later', 'failed', 'ready']);
});

test('a row each, with the first line of why; and how many there are of each', () => {
  const text = renderBuilds(builds);
  expect(text).toMatch(/^failed +go1\.21\.5 +go1\.26\.8 +0 +Failed +1 +build\.compile-failed: no$/m);
  expect(text).not.toContain('x.go');
  expect(renderBuilds([])).toBe('no GoBuild');
  expect(countPhases(builds)).toBe('1 ready, 1 failed, 2 queued, 1 building');
});
