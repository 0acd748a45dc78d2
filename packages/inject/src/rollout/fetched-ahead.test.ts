import { makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { nodesThatLack } from './fetched-ahead.ts';

const injection = (artefact: string, runtime = 'operator') => ({
  ...{ container: 'manager', runtime, goVersion: 'go1.26.8', artefact, path: '/manager', imageId: 'id' },
});
const runtime = makeRuntime({
  status: {
    nodes: [
      { node: 'b', artefacts: [] },
      { node: 'a', artefacts: ['one'] },
      { node: 'c', artefacts: ['one', 'two'] },
    ],
  },
});

test('nodes that have not fetched all of it yet are named, for the wish that it is from', () => {
  expect(nodesThatLack([injection('one'), injection('two')], [runtime])).toEqual(['a', 'b']);
  expect(nodesThatLack([injection('one')], [runtime])).toEqual(['b']);
  expect(nodesThatLack([injection('one', 'other')], [runtime])).toEqual([]);
  expect(nodesThatLack([], [runtime])).toEqual([]);
});

test('nodes that say nothing are not waited for', () => {
  expect(nodesThatLack([injection('one')], [makeRuntime()])).toEqual([]);
});
