import { renderGoPod } from '@gofleet/inject/go-pod';
import { inCluster } from '@gofleet/inject/in-cluster';
import { planInjection } from '@gofleet/inject/plan-injection';
import { rolloutValue } from '@gofleet/inject/plan-rollout';
import { planWaves } from '@gofleet/inject/plan-waves';
import { fakeSha256, rolledOut } from '@gofleet/testkit/go-runtime-maker';
import { makeLibrary, makeLibraryRuntime, makeObserved } from '@gofleet/testkit/library-maker';
import { renderConditions } from '@gofleet/verify/summarise';
import { expect, test } from 'vitest';
import type { Pod } from '../state/pod.ts';
import { planRoll, viewFacts, viewWorkloads } from './rollout-view.ts';
import { judgePods, type SurveyInput, surveyPods } from './survey.ts';

const image = 'registry.test/shop:1';
const observed = makeObserved(image);
const [next, own] = [fakeSha256('next'), fakeSha256('own')];
const name = (artefact: string) => `libgo.so.21-${artefact.slice(0, 12)}`;
const now = '2026-01-02T00:00:00Z';

const labels = { app: 'operator' };
const spec = { containers: [{ name: 'app', image }] };
const before = rolledOut(makeLibraryRuntime([observed]));
const { injections } = planInjection({ metadata: { labels }, spec }, [before]);
const rolled = { [inCluster.rolloutAnnotation]: rolloutValue(injections) };
const template = { metadata: { labels, annotations: rolled }, spec };

/** The wish is for the image's own library now; `sha256` is what the pod runs on. */
function inputOf(sha256: string, isInjected: boolean): SurveyInput {
  const library = makeLibrary({ artefact: own });
  const runtime = makeLibraryRuntime([observed], {
    status: { library, rollout: before.status?.rollout } as never,
  });
  const annotations = isInjected
    ? { ...rolled, [inCluster.injectedAnnotation]: JSON.stringify(injections) }
    : {};
  const container = { name: 'app', containerID: 'containerd://1', imageID: observed.imageId, ready: true };
  const pod: Pod = {
    metadata: { name: 'pod-1', namespace: 'demo', uid: 'u-1', labels, annotations },
    spec,
    status: { phase: 'Running', containerStatuses: [container] },
  };
  const running = {
    ...{ containerId: 'containerd://1', imageId: observed.imageId, sha256: observed.programSha256 },
    ...{ path: '/program', observedAt: now, source: '/proc/7/exe on a' },
    library: { path: observed.path, sha256, soname: 'libgo.so.21' },
  };
  const report = renderGoPod(pod.metadata, { containers: [{ name: 'app', running }] });
  const reports = new Map([['pod-1', report]]);
  const workload = { kind: 'Deployment', name: 'shop', path: '/d/shop', template, wantedPods: 1 } as const;
  const owners = new Map([['pod-1', workload]]);
  return { runtime, siblings: [runtime], pods: [pod], reports, owners };
}

function look(input: SurveyInput) {
  const surveyed = surveyPods(input);
  const judged = judgePods(surveyed, input);
  const [view] = viewWorkloads(surveyed);
  if (!view) throw new Error('no workload');
  const byPod = Map.groupBy(judged, ({ pod }) => pod);
  const facts = viewFacts(view, input, { judged: byPod, held: undefined, now });
  const conditions = renderConditions(input.runtime, judged, now).map(
    ({ type, status, reason }) => `${type} ${status} ${reason}`,
  );
  return { facts, conditions, view, judged: judged[0], surveyed: surveyed[0] };
}

function withRollout(input: SurveyInput, rollout: ReturnType<typeof planWaves>): SurveyInput {
  const runtime = { ...input.runtime, status: { ...input.runtime.status, rollout } } as typeof input.runtime;
  return { ...input, runtime, siblings: [runtime] };
}

test('a wish for the library that the image holds itself takes the mounted one away, and is rolled as any other', () => {
  const input = inputOf(next, true);
  const { facts, judged, conditions } = look(input);
  expect(facts).toMatchObject({ isBehind: true, isDone: false, isSettled: true });
  const reason = `RollingOut: runs on ${name(next)}, which the wish has outdated; will be replaced by a pod with ${name(own)}, its image's own`;
  expect(`${judged?.phase}: ${judged?.reason}`).toBe(reason);
  expect(conditions).toContain('RolledOut False RollingOut');

  const begun = planWaves({ runtime: input.runtime, workloads: [facts], now });
  expect(begun).toMatchObject({
    phase: 'Progressing',
    wave: 1,
    workloads: [{ workload: 'Deployment/shop' }],
  });
  const during = withRollout(input, begun);
  expect(planRoll(look(during).view, { ...during, isServed: false })).toBeNull();

  const after = withRollout(inputOf(own, false), begun);
  const done = look(after);
  expect(done.facts).toMatchObject({ isBehind: false, isDone: true });
  expect(done.judged).toMatchObject({ phase: 'Verified', desired: { artefact: own } });
  expect(done.conditions.slice(0, 3)).toEqual([
    'Built True Checked',
    'RolledOut True RolledOut',
    'Ready True Verified',
  ]);
});

test('left to restarts, its pods say so', () => {
  const input = inputOf(next, true);
  const runtime = { ...input.runtime, spec: { ...input.runtime.spec, rollout: { strategy: 'OnRestart' } } };
  const { judged } = look({ ...input, runtime, siblings: [runtime] } as SurveyInput);
  expect(`${judged?.phase}: ${judged?.reason}`).toBe(
    `Pending: runs on ${name(next)}, which the wish has outdated; ${name(own)} is its image's own; rollout is OnRestart: it waits for a restart`,
  );
});
