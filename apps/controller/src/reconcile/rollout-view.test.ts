import { inCluster } from '@gofleet/inject/in-cluster';
import { planInjection } from '@gofleet/inject/plan-injection';
import { rolloutValue } from '@gofleet/inject/plan-rollout';
import { makeReadyRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import type { Pod } from '../state/pod.ts';
import { absentFacts, absentOf, viewFacts } from './rollout-view.ts';
import type { SurveyedPod } from './survey.ts';
import type { Workload } from './workloads.ts';

const image = 'example.com/operator:v1';
const runtime = makeReadyRuntime(image);
const labels = { app: 'operator' };
const spec = { containers: [{ name: 'manager', image }] };
const { injections } = planInjection({ metadata: { labels }, spec }, [runtime]);
const template = {
  metadata: { labels, annotations: { [inCluster.rolloutAnnotation]: rolloutValue(injections) } },
  spec,
};

function workload(wantedPods: number): Workload {
  return { kind: 'StatefulSet', name: 'operator', path: '/s/operator', template, wantedPods };
}

function donePod(name: string): SurveyedPod {
  const annotations = { [inCluster.injectedAnnotation]: JSON.stringify(injections) };
  const pod: Pod = {
    metadata: { name, namespace: 'demo', uid: name, labels, annotations },
    spec,
    status: { phase: 'Running', containerStatuses: [{ name: 'manager', ready: true, imageID: '' }] },
  };
  const none = { isLeft: false, isMissed: false, isStale: false, isSuperfluous: false };
  return { pod, workload: undefined, injections, wanted: injections, wished: injections, ...none };
}

function factsOf(pods: readonly SurveyedPod[], wantedPods: number) {
  const view = { name: 'StatefulSet/operator', workload: workload(wantedPods), pods };
  const judged = pods.map(({ pod }) => ({
    ...{ pod: pod.metadata.name, container: 'manager', phase: 'Verified' as const },
  }));
  const input = { runtime, siblings: [runtime], pods: [], reports: new Map(), owners: new Map() };
  return viewFacts(view, input, {
    judged: Map.groupBy(judged, ({ pod }) => pod),
    held: undefined,
    now: '2026-01-02T00:00:00Z',
  });
}

test('a workload is done when all the pods that it is to have are, not when those are that are there', () => {
  expect(factsOf([donePod('a'), donePod('b')], 2)).toMatchObject({ isDone: true });
  expect(factsOf([donePod('a')], 2)).toMatchObject({
    isDone: false,
    lacks: '1 of 2 pods are verified and ready',
  });
});

test('a workload whose only pod has gone before its successor came is waited for; one that is to have none is not', () => {
  const workloads = [{ workload: 'StatefulSet/operator', wave: 1 }];
  const rollout = runtime.status?.rollout && {
    ...runtime.status.rollout,
    ...{ phase: 'Progressing' as const, workloads },
  };
  const begun = { ...runtime, status: { ...runtime.status, ...(rollout ? { rollout } : {}) } };
  expect(absentOf(begun, [])).toEqual(['StatefulSet/operator']);
  expect(absentOf(runtime, [])).toEqual([]);
  expect(absentFacts(begun, workload(1))).toMatchObject([{ isDone: false, lacks: '0 of 1 pods are there' }]);
  expect(absentFacts(begun, workload(0))).toEqual([]);
  const other = { metadata: { labels: { app: 'other' } }, spec };
  expect(absentFacts(begun, { ...workload(1), template: other })).toEqual([]);
  const partition = { from: 2, below: 2, revision: 'r1' };
  expect(absentFacts(begun, { ...workload(3), partition })).toMatchObject([
    { lacks: '0 of 1 pods are there', left: { pods: 2, revision: 'r1' } },
  ]);
});

test('of a StatefulSet with a partition the rest is judged; a pod below it that is gone for a moment is still left', () => {
  const below = { ...donePod('operator-0'), injections: [], isLeft: true };
  const done = { ...donePod('operator-2'), isLeft: false };
  const partition = { from: 2, below: 2, revision: 'r1' };
  const view = { name: 'StatefulSet/operator', workload: { ...workload(3), partition } };
  const judged = [{ pod: 'operator-2', container: 'manager', phase: 'Verified' as const }];
  const input = { runtime, siblings: [runtime], pods: [], reports: new Map(), owners: new Map() };
  const at = { judged: Map.groupBy(judged, ({ pod }) => pod), held: undefined, now: '2026-01-02T00:00:00Z' };
  const factsWith = (pods: readonly SurveyedPod[]) => viewFacts({ ...view, pods }, input, at);
  expect(factsWith([below, done])).toMatchObject({ isDone: true, left: { pods: 2, revision: 'r1' } });
  expect(factsWith([below])).toMatchObject({ isDone: false, lacks: '0 of 1 pods are verified and ready' });
  const has = { ...donePod('operator-1'), isLeft: true };
  expect(factsWith([has, done]).left?.pods).toBe(1);
});
