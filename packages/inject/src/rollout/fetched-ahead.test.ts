import { makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { fetchedMark, nodesThatLack } from './fetched-ahead.ts';

const injection = (artefact: string, runtime = 'operator') => ({
  ...{ container: 'manager', runtime, goVersion: 'go1.26.8', artefact, path: '/manager', imageId: 'id' },
});
const build = (artefact: string) =>
  ({ binary: artefact, goVersion: 'go1.26.8', phase: 'Ready', artefact }) as const;
const runtime = makeRuntime({
  status: {
    builds: [build('one'), build('two'), { binary: 'x', goVersion: 'go1.26.8', phase: 'Building' }],
    nodes: [
      { node: 'b', fetched: fetchedMark([]) },
      { node: 'a', fetched: fetchedMark(['one']) },
      { node: 'c', fetched: fetchedMark(['two', 'one']) },
    ],
  },
});

test('nodes that have not fetched all of it yet are named, for the wish that it is from', () => {
  expect(nodesThatLack([injection('one'), injection('two')], [runtime])).toEqual(['a', 'b']);
  expect(nodesThatLack([injection('one', 'other')], [runtime])).toEqual([]);
  expect(nodesThatLack([], [runtime])).toEqual([]);
});

test('nodes that say nothing are not waited for', () => {
  expect(nodesThatLack([injection('one')], [makeRuntime()])).toEqual([]);
});
