import { expect, test } from 'vitest';
import type { RunningFacts } from '../runtime-status.ts';
import { type GoPod, isReportOn, nodeLabelValue, podStatusesOf, renderGoPod } from './go-pod.ts';

const running: RunningFacts = {
  ...{ containerId: 'c', imageId: 'i', sha256: 'a', path: '/manager', goVersion: 'go1.26.8' },
  ...{ observedAt: '2026-01-01T00:00:00Z', source: '/proc/1/exe on a' },
};
const pod: GoPod = {
  ...renderGoPod({ name: 'b', namespace: 'demo', uid: 'u' }, { containers: [{ name: 'manager', running }] }),
  wishes: [
    { runtime: 'operator', container: 'manager', phase: 'Verified', reason: 'runs' },
    { runtime: 'younger', container: 'manager', phase: 'Skipped', reason: 'older decides' },
    { runtime: 'operator', container: 'unread', phase: 'Observing', reason: 'not read' },
  ],
};
const other: GoPod = {
  ...renderGoPod({ name: 'a', namespace: 'elsewhere', uid: 'u' }, {}),
  wishes: pod.wishes ?? [],
};

test('what nodes read and what a wish made of it come together; other wishes and namespaces stay out', () => {
  const wish = { metadata: { name: 'operator', namespace: 'demo' } };
  expect(podStatusesOf(wish, [pod, other])).toEqual([
    { pod: 'b', container: 'manager', phase: 'Verified', reason: 'runs', running },
    { pod: 'b', container: 'unread', phase: 'Observing', reason: 'not read' },
  ]);
});

test('a pod that had the name before is another pod', () => {
  expect([isReportOn(pod, 'u'), isReportOn(pod, 'v'), isReportOn(pod, undefined)]).toEqual([
    true,
    false,
    false,
  ]);
});

test('any name of a node becomes a label', () => {
  expect(nodeLabelValue('ip-10-0-0-1.ec2.internal')).toBe('ip-10-0-0-1.ec2.internal');
  expect(nodeLabelValue('x'.repeat(200))).toMatch(/^[0-9a-f]{40}$/);
});
