import type { GoPod } from '@gofleet/inject/go-pod';
import { expect, test } from 'vitest';
import { CommonParts } from './common-parts.ts';
import { type Pod, stripPod } from './pod.ts';

const makePod = (name: string): Pod => ({
  metadata: { name, namespace: 'demo', labels: { app: 'cart' }, annotations: {} },
  spec: { containers: [{ name: 'main', image: 'a:1' }], nodeName: 'n', tolerations: [{ key: name }] },
  status: { phase: 'Running', containerStatuses: [{ name: 'main', state: { running: {} } }] },
});

test('pods are equal to what they were, and hold what they have in common once', () => {
  const parts = new CommonParts();
  const pods = ['a', 'b'].map((name) => stripPod(makePod(name)));
  const [a, b] = pods.map((pod) => parts.ofPod(pod));
  expect([a, b]).toEqual(pods);
  expect(a?.spec.containers).toBe(b?.spec.containers);
  expect(a?.metadata.labels).toBe(b?.metadata.labels);
  expect(a?.status?.containerStatuses?.[0]?.state).toBe(b?.status?.containerStatuses?.[0]?.state);
  expect(a?.spec.tolerations).not.toBe(b?.spec.tolerations);
});

test('a report keeps its owner, what was read and what wishes say, and that once', () => {
  const parts = new CommonParts();
  const makeReport = (name: string): GoPod => ({
    apiVersion: 'gofleet.dev/v1alpha1',
    kind: 'GoPod',
    metadata: {
      ...{ name, namespace: 'demo', resourceVersion: '7', labels: { 'gofleet.dev/node': 'n' } },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid: name }],
    },
    wishes: [{ runtime: 'w', container: 'main', phase: 'Pending', reason: 'waits' }],
  });
  const [a, b] = ['a', 'b'].map((name) => parts.ofReport(makeReport(name)));
  const { labels: _, ...metadata } = makeReport('a').metadata;
  expect(a).toEqual({ ...makeReport('a'), metadata });
  expect(a?.wishes).toBe(b?.wishes);
});

test('of a stream of things that are all different only so many are held', () => {
  const parts = new CommonParts();
  const first = parts.share(['first']);
  expect(parts.share(['first'])).toBe(first);
  for (let number = 0; number < 5000; number += 1) parts.share([number]);
  expect(parts.share(['first'])).not.toBe(first);
});
