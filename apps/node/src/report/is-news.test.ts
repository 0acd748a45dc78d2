import { makeBinary, makeReadyRuntime, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { isNewsToReport } from './is-news.ts';

test('a changed wish and another artefact are news to a node; what it said itself is not', () => {
  const image = 'registry.test/operator:1';
  const before = makeRuntime({ status: { binaries: [makeBinary(image)] } });
  expect(isNewsToReport(before, undefined)).toBe(true);
  expect(isNewsToReport(makeRuntime({ metadata: { generation: 2 } }), before)).toBe(true);
  const ready = makeReadyRuntime(image);
  expect(isNewsToReport(ready, before)).toBe(true);
  const told = makeReadyRuntime(image, { status: { nodes: [{ node: 'a', fetched: '' }] } });
  expect(isNewsToReport(told, ready)).toBe(false);
});
