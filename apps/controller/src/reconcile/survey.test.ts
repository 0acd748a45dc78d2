import { type GoPod, renderGoPod } from '@gofleet/inject/go-pod';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import { inCluster } from '@gofleet/inject/in-cluster';
import type { Injection } from '@gofleet/inject/injection';
import { planAdmission } from '@gofleet/inject/plan-admission';
import { planInjection } from '@gofleet/inject/plan-injection';
import { rolloutValue } from '@gofleet/inject/plan-rollout';
import type { PodTemplate } from '@gofleet/inject/pod';
import type { RolloutStatus } from '@gofleet/inject/rollout-status';
import type { Condition, RunningFacts } from '@gofleet/inject/runtime-status';
import { wantInjections } from '@gofleet/inject/want-injections';
import { applyJsonPatch } from '@gofleet/testkit/apply-json-patch';
import { makeBinary, makeReadyRuntime, makeRuntime, rolledOut } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { type Pod, stripPod } from '../state/pod.ts';
import { planRoll, viewWorkloads } from './rollout-view.ts';
import { isForStanding } from './standing-pods.ts';
import { judgePods, repairs, type SurveyInput, surveyPods } from './survey.ts';
import type { Workload } from './workloads.ts';

const image = 'example.com/operator:v1';
const binary = makeBinary(image);
const template = {
  metadata: { labels: { app: 'operator' } },
  spec: { containers: [{ name: 'manager', image }] },
};
const { injections } = planInjection(template, [makeReadyRuntime(image)]);

function condition(type: string, status: Condition['status'], reason: string): Condition {
  return { type, status, reason, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' };
}
const ended = [condition('Built', 'True', 'Built'), condition('RolledOut', 'True', 'RolledOut')];

function makePod(
  parts: { created?: string; injected?: readonly Injection[]; imageID?: string; deleting?: boolean } = {},
): Pod {
  const annotations = parts.injected
    ? { [inCluster.injectedAnnotation]: JSON.stringify(parts.injected) }
    : {};
  return {
    metadata: {
      ...{ name: 'pod-1', namespace: 'demo', uid: 'u-1', labels: { app: 'operator' }, annotations },
      creationTimestamp: parts.created ?? '2025-12-31T00:00:00Z',
      ...(parts.deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: template.spec,
    status: {
      phase: 'Running',
      containerStatuses: [
        { name: 'manager', containerID: 'containerd://1', imageID: parts.imageID ?? binary.imageId },
      ],
    },
  };
}

const workload: Workload = { kind: 'Deployment', name: 'operator', path: '/d/operator', template };

/** What the node read in the pod `pod-1`. */
function makeReport(environment?: RunningFacts['environment'], uid = 'u-1'): GoPod {
  const running: RunningFacts = {
    ...{ containerId: 'containerd://1', imageId: binary.imageId, sha256: binary.sha256 },
    ...{ goVersion: 'go1.21.5', path: '/manager', observedAt: '2026-01-01T00:00:00Z' },
    source: '/proc/1/exe on a',
    ...(environment === undefined ? {} : { environment }),
  };
  const pod = { name: 'pod-1', namespace: 'demo', uid };
  return renderGoPod(pod, { containers: [{ name: 'manager', running }] });
}

function inputOf(runtime: GoRuntime, pod: Pod, report = makeReport()): SurveyInput {
  const reports = new Map([['pod-1', report]]);
  return { runtime, siblings: [runtime], pods: [pod], reports, owners: new Map() };
}

function judge(pod: Pod, runtime: GoRuntime, owner: Workload = workload, report = makeReport()): string[] {
  const input = { ...inputOf(runtime, pod, report), owners: new Map([['pod-1', owner]]) };
  return judgePods(surveyPods(input), input).map(({ phase, reason }) => `${phase}: ${reason}`);
}

const withRunning = (parts: Parameters<typeof makeReadyRuntime>[1] = {}): GoRuntime =>
  makeReadyRuntime(image, parts);

test('a pod that waits for its roll-out', () => {
  const reason = 'RollingOut: will be replaced by a pod with go1.26.8';
  expect(judge(makePod(), withRunning())).toEqual([reason]);
  const managed = 'managed by OLM: ClusterServiceVersion operator.v1';
  expect(judge(makePod(), withRunning(), { ...workload, managed })).toEqual([`${reason}; ${managed}`]);
});

test('pods that nothing replaces wait, with the reason', () => {
  const noOwner = inputOf(withRunning(), makePod());
  expect(judgePods(surveyPods(noOwner), noOwner)[0]).toMatchObject({
    phase: 'Pending',
    reason:
      'go1.26.8 is ready; nothing replaces a bare pod: "kubectl delete pod pod-1 -n demo", and create it again',
  });
  const paused = { ...workload, waitsFor: 'its Deployment operator is paused' };
  expect(judge(makePod(), withRunning(), paused)).toEqual([
    'Pending: go1.26.8 is ready; its Deployment operator is paused',
  ]);
  expect(judge(makePod(), withRunning({ spec: { rollout: { strategy: 'OnRestart' } } }))[0]).toMatch(
    /^Pending: .*rollout is OnRestart/,
  );
});

test('a Job keeps its pod, and says how its next one comes; before its time, why it would not help', () => {
  const ownerReferences = [
    { apiVersion: 'batch/v1', kind: 'Job', name: 'build', uid: 'j', controller: true },
  ];
  const pod = { ...makePod(), metadata: { ...makePod().metadata, ownerReferences } };
  const reasonOf = (runtime: GoRuntime) => {
    const input = inputOf(runtime, pod);
    return judgePods(surveyPods(input), input)[0]?.reason;
  };
  expect(reasonOf(withRunning())).toMatch(
    /^go1\.26\.8 is ready; Job build runs to its end as it is, .*"kubectl delete pod pod-1 -n demo"/,
  );
  const to = { id: 'go1.26.8', wish: { mode: 'relink', runtime: { goVersion: 'go1.26.8' } } } as const;
  const during = (rollout: Partial<RolloutStatus>) =>
    withRunning({ status: { rollout: { phase: 'Progressing', to, wave: 1, waves: 3, ...rollout } } });
  expect(reasonOf(during({}))).toBe('go1.26.8 is ready; its wave comes later');
  expect(reasonOf(during({ wave: 3 }))).toContain('runs to its end');
  expect(reasonOf(during({ phase: 'Regressed' }))).toContain('regressed in wave 1 of 3');
});

test('a wish for nothing but Jobs and bare pods waits for no workload, once it is built', () => {
  const asked = (runtime: GoRuntime, pod = makePod()) => isForStanding(runtime, [pod]);
  const ended = { ...makePod(), status: { phase: 'Succeeded' } };
  expect([asked(withRunning()), asked(withRunning(), ended)]).toEqual([true, true]);
  expect(asked(makeRuntime())).toBe(false);
  const building = makeRuntime({ status: { binaries: [binary], builds: [] } });
  expect(asked(building)).toBe(false);
  const other = { ...makePod(), metadata: { ...makePod().metadata, labels: { app: 'other' } } };
  expect(asked(withRunning(), other)).toBe(false);
  const ownerReferences = [
    { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 's', uid: 's', controller: true },
  ];
  expect(asked(withRunning(), { ...makePod(), metadata: { ...makePod().metadata, ownerReferences } })).toBe(
    false,
  );
});

test('a pod created after everything was ready, and not injected, was missed', () => {
  const late = makePod({ created: '2026-01-01T00:01:00Z' });
  const runtime = withRunning({ status: { conditions: ended } });
  expect(judge(late, runtime)[0]).toMatch(/^Ineffective: started uninjected.*repair is Report/);
  const repairing = withRunning({ spec: { repair: 'Restart' }, status: { conditions: ended } });
  expect(judge(late, repairing)[0]).toMatch(/not reached$/);
  expect(judge(makePod(), runtime)[0]).toMatch(/^RollingOut/);
});

test('facts of a pod that had the name before do not count', () => {
  expect(judge(makePod(), withRunning(), workload, makeReport(undefined, 'u-0'))).toEqual([
    'Observing: the container has not been read by its node yet',
  ]);
});

test('an injection over another image is stale', () => {
  const runtime = withRunning();
  const pods = [
    makePod({ injected: injections, imageID: `x@sha256:${'9'.repeat(64)}` }),
    makePod({ injected: injections }),
  ];
  const surveyed = pods.map((pod) => surveyPods(inputOf(runtime, pod))[0]);
  expect(surveyed.map((entry) => entry?.isStale)).toEqual([true, false]);
});

test('pods that are going, ended or not selected are not judged', () => {
  const other = { ...makePod(), metadata: { ...makePod().metadata, labels: { app: 'other' } } };
  const done = { ...makePod(), status: { phase: 'Succeeded' } };
  for (const pod of [makePod({ deleting: true }), other, done]) expect(judge(pod, withRunning())).toEqual([]);
});

test('the pods of the annotated template that came uninjected were missed', () => {
  const annotations = { [inCluster.rolloutAnnotation]: rolloutValue(injections) };
  const annotated = {
    ...workload,
    template: { ...template, metadata: { ...template.metadata, annotations } },
  };
  const pod = { ...makePod(), metadata: { ...makePod().metadata, annotations } };
  expect(judge(pod, withRunning({ status: { conditions: ended } }), annotated)[0]).toMatch(/^Ineffective/);
});

/** A wish for GOMEMLIMIT. */
function withLimit(): GoRuntime {
  const runtime = makeRuntime({
    spec: { mode: 'godebug', runtime: { goVersion: '>=1.19' }, godebug: { memoryLimit: {} } },
    status: { binaries: [binary] },
  });
  return rolledOut(runtime);
}

const limited = (memory: string) => ({
  containers: [{ name: 'manager', image, resources: { limits: { memory } } }],
});

test('a pod that was resized in place has an outdated GOMEMLIMIT, and no roll-out changes that', () => {
  const runtime = withLimit();
  const report = makeReport({ GOMEMLIMIT: '966367641' });
  const owner = { ...workload, template: { ...template, spec: limited('1Gi') } };
  const injected = planInjection(owner.template, [runtime]).injections;
  const pod = { ...makePod({ injected }), spec: limited('1Gi') };
  expect(judge(pod, runtime, owner, report)[0]).toMatch(/^Verified: .*GOMEMLIMIT=966367641/);
  expect(judge({ ...pod, spec: limited('2Gi') }, runtime, owner, report)[0]).toMatch(
    /^Pending: runs with GOMEMLIMIT=966367641, .*outdated; GOMEMLIMIT=1932735283 is to be set; its limits are not those .*restart it$/,
  );
});

test('limits that only the pod has, by a LimitRange, are waited for until it is restarted', () => {
  const pod = { ...makePod(), spec: limited('1Gi') };
  expect(judge(pod, withLimit())[0]).toMatch(
    /^Pending: GOMEMLIMIT=966367641 is to be set; its limits are not those/,
  );
});

const sandboxed = {
  metadata: template.metadata,
  spec: { containers: [{ name: 'manager', image, volumeMounts: [{ name: 'work', mountPath: '/work' }] }] },
};

/** What a pod of the workload has and wants when it came with the first wish and the second is the one of now. */
function moved(
  first: Partial<GoRuntime['spec']>,
  second: Partial<GoRuntime['spec']>,
  { isRolled = false, rollout }: { isRolled?: boolean; rollout?: Partial<RolloutStatus> } = {},
) {
  const requested = [first, second].flatMap(({ sandbox }) => sandbox?.goVersions ?? []);
  const toolchain = {
    releases: [...new Set(requested)].map((each) => ({ requested: each, problem: 'away' })),
  };
  const status = { conditions: ended, toolchain };
  const [before, current] = [first, second].map((spec) => withRunning({ spec, status }));
  const known = current?.status?.rollout;
  const after =
    rollout && known
      ? { ...current, status: { ...current.status, rollout: { ...known, ...rollout } } }
      : current;
  const sandboxes = { image: 'gofleet:test', hasNativeSidecars: true };
  const bare: Pod = { ...makePod(), spec: sandboxed.spec };
  const pod: Pod = applyJsonPatch(bare, planAdmission(bare, [before as GoRuntime], { sandboxes }).operations);
  // As it is once the template was annotated, and the pod came from that.
  const metadata = (own: Pod['metadata'] | PodTemplate['metadata'], value: string) => ({
    ...own,
    annotations: { ...own?.annotations, [inCluster.rolloutAnnotation]: value },
  });
  const value = rolloutValue(wantInjections(sandboxed, [after as GoRuntime]).injections);
  const owner = {
    ...workload,
    template: isRolled ? { ...sandboxed, metadata: metadata(sandboxed.metadata, value) } : sandboxed,
  };
  if (isRolled) Object.assign(pod, { metadata: metadata(pod.metadata, value) });
  const input = {
    ...inputOf(after as GoRuntime, stripPod(pod)),
    owners: new Map([['pod-1', owner]]),
  };
  const surveyed = surveyPods(input);
  const [view] = viewWorkloads(surveyed);
  const roll = view && planRoll(view, { ...input, isServed: true });
  return { roll, reason: judgePods(surveyed, input)[0]?.reason };
}

const offering = (...goVersions: string[]) => ({ sandbox: { volume: 'work', goVersions } });

test('a pod of the roll-out that the webhook gave the sandbox of a moment before, or none, is rolled again', () => {
  for (const first of [offering('1.26.8'), {}])
    expect(moved(first, offering('1.25.3'), { isRolled: true }).roll).toMatch(/\+1$/);
  expect(moved(offering('1.25.3'), offering('1.25.3'), { isRolled: true }).roll).toBeUndefined();
});

test('a workload keeps its sandbox until the changed one is there, and its wave has come', () => {
  const rollout = { phase: 'Progressing', wave: 0, waves: 0 } as const;
  expect(moved(offering('1.26.8'), offering('1.25.3'), { rollout }).roll).toBeUndefined();
  const begun = { ...rollout, wave: 1, waves: 1, workloads: [{ workload: 'Deployment/operator', wave: 1 }] };
  expect(moved(offering('1.26.8'), offering('1.25.3'), { rollout: begun }).roll).toMatch(/@[0-9a-f]{12}$/);
  expect(
    moved(offering('1.26.8'), offering('1.25.3'), { rollout: { phase: 'Undone' } }).roll,
  ).not.toBeUndefined();
});

test('a sandbox that is wished otherwise, anew or no more rolls its workload; the same one does not', () => {
  expect(moved(offering('1.26.8'), offering('1.26.8')).roll).toBeUndefined();
  for (const [first, second] of [
    [offering('1.26.8'), offering('1.25.3')],
    [{}, offering('1.26.8')],
    [offering('1.26.8'), {}],
  ] as const) {
    const { roll, reason } = moved(first, second);
    expect(roll).toMatch(/@[0-9a-f]{12}$/);
    expect(reason).toMatch(/sandbox.* comes with its next pod$/);
  }
});

test('a roll-out that goes on repairs what the webhook missed, whatever the counts of pods say', () => {
  const { rollout } = withRunning().status ?? {};
  const of = (phase: 'Progressing' | 'Completed', spec: Partial<GoRuntime['spec']> = {}) =>
    repairs(
      withRunning({
        spec,
        status: { conditions: ended, ...(rollout ? { rollout: { ...rollout, phase } } : {}) },
      }),
    );
  expect([of('Progressing'), of('Completed'), of('Completed', { repair: 'Restart' })]).toEqual([
    true,
    false,
    true,
  ]);
  expect(of('Progressing', { rollout: { strategy: 'OnRestart' } })).toBe(false);
});
