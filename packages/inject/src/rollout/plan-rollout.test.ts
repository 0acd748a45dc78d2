import { makeBinary, makeBuild, makeReadyRuntime, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { planInjection } from '../admission/plan-injection.ts';
import type { PodTemplate } from '../admission/pod.ts';
import { inCluster } from '../in-cluster.ts';
import type { Injection } from '../injection.ts';
import {
  isMissed,
  isOfAnotherRollout,
  isSettled,
  maxRepairs,
  planRestore,
  planRollout,
  type RolloutSituation,
  rolloutValue,
} from './plan-rollout.ts';

const image = 'example.com/operator:v1';
const runtime = makeReadyRuntime(image);

function makePod(parts: { rollout?: string; injected?: readonly Injection[] } = {}): PodTemplate {
  const annotations = {
    ...(parts.rollout === undefined ? {} : { [inCluster.rolloutAnnotation]: parts.rollout }),
    ...(parts.injected ? { [inCluster.injectedAnnotation]: JSON.stringify(parts.injected) } : {}),
  };
  return {
    metadata: { labels: { app: 'operator' }, annotations },
    spec: { containers: [{ name: 'manager', image }] },
  };
}

const wanted = planInjection(makePod(), [runtime]).injections;
const value = rolloutValue(wanted);
const [first] = wanted;
const other = first ? [{ ...first, artefact: 'e'.repeat(64), goVersion: 'go1.25.1' }] : [];

function situation(more: Partial<RolloutSituation>): RolloutSituation {
  return { template: makePod(), pods: [], wanted, repair: false, isStale: false, ...more };
}

const seen = (pod: PodTemplate) => ({ pod, isMissed: false });
const missed = (pod: PodTemplate) => ({ pod, isMissed: true });

test('the value names the Go release and stands for the artefacts, not for who wished them', () => {
  expect(value).toMatch(/^go1\.26\.8@[0-9a-f]{12}$/);
  expect(rolloutValue(wanted.map((each) => ({ ...each, runtime: 'another' })))).toBe(value);
  expect(rolloutValue(other)).not.toBe(value);
});

test('pods without the artefact are rolled once; while they are being replaced nothing is done', () => {
  expect(planRollout(situation({ pods: [seen(makePod())] }))).toBe(value);
  const rolling = [makePod(), makePod({ rollout: value, injected: wanted })].map(seen);
  expect(planRollout(situation({ template: makePod({ rollout: value }), pods: rolling }))).toBeUndefined();
});

test('pods that have it already are not rolled, whatever the template says: a fight over it restarts nothing', () => {
  const pods = [seen(makePod({ injected: wanted }))];
  expect(planRollout(situation({ pods }))).toBeUndefined();
  expect(planRollout(situation({ template: makePod({ rollout: 'go1.25.1@0' }), pods }))).toBeUndefined();
});

test('an older artefact is replaced', () => {
  const template = makePod({ rollout: rolloutValue(other) });
  expect(planRollout(situation({ template, pods: [seen(makePod({ injected: other }))] }))).toBe(value);
});

test('missed pods are only reported, or rolled again when the wish says so, until it is no use', () => {
  const template = makePod({ rollout: value });
  const pods = [missed(makePod({ rollout: value }))];
  expect(planRollout(situation({ template, pods }))).toBeUndefined();
  expect(planRollout(situation({ template, pods, repair: true }))).toBe(`${value}+1`);
  const last = `${value}+${maxRepairs}`;
  const tired = { template: makePod({ rollout: last }), pods: [missed(makePod({ rollout: last }))] };
  expect(planRollout(situation({ ...tired, repair: true }))).toBeUndefined();
});

test('missed pods of a workload that was never rolled', () => {
  const pods = [missed(makePod())];
  expect(planRollout(situation({ pods }))).toBeUndefined();
  expect(planRollout(situation({ pods, repair: true }))).toBe(value);
});

test('a repair goes on while its pods are being replaced', () => {
  const template = makePod({ rollout: `${value}+1` });
  expect(
    planRollout(situation({ template, pods: [missed(makePod({ rollout: value }))], repair: true })),
  ).toBeUndefined();
});

test('nothing wanted: pods stay as they are, unless what they have is stale', () => {
  const pods = [seen(makePod({ rollout: value, injected: wanted }))];
  const none = { wanted: [], pods, template: makePod({ rollout: value }) };
  expect(planRollout(situation(none))).toBeUndefined();
  expect(planRollout(situation({ ...none, isStale: true }))).toBeNull();
});

test('restoring removes the annotation, and is done when it is gone', () => {
  const injected = makePod({ rollout: value, injected: wanted });
  expect(planRestore(makePod({ rollout: value }), [injected])).toBeNull();
  expect(planRestore(makePod(), [injected])).toBeUndefined();
  expect(planRestore(makePod(), [])).toBeUndefined();
});

test('pods injected without an annotation are rolled by one that goes away again', () => {
  const injected = makePod({ injected: wanted });
  const restoring = planRestore(makePod(), [injected]);
  expect(restoring).toMatch(/^restored@[0-9a-f]{12}$/);
  expect(planRestore(makePod({ rollout: restoring ?? '' }), [injected])).toBeUndefined();
  expect(planRestore(makePod({ rollout: restoring ?? '' }), [])).toBeNull();
});

test('missed is a pod of the current template without its injection', () => {
  const template = makePod({ rollout: value });
  expect(isMissed(makePod({ rollout: value }), template, wanted)).toBe(true);
  expect(isMissed(makePod({ rollout: value, injected: wanted }), template, wanted)).toBe(false);
  expect(isMissed(makePod(), template, wanted)).toBe(false);
  expect(isMissed(makePod(), makePod(), wanted)).toBe(false);
});

test('a pod of the current template that got what was wished before is rolled again, as often as is of use', () => {
  const template = makePod({ rollout: value });
  const behind = makePod({ rollout: value, injected: other });
  expect(isMissed(behind, template, wanted)).toBe(true);
  expect(planRollout(situation({ template, pods: [seen(behind)] }))).toBe(`${value}+1`);
  const replaced = makePod({ rollout: `${value}+1` });
  expect(planRollout(situation({ template: replaced, pods: [seen(behind)] }))).toBeUndefined();
});

test('a pod tells whether its template was rolled for something else', () => {
  const of = (rollout: string | undefined, injections: readonly Injection[]) =>
    isOfAnotherRollout(makePod(rollout === undefined ? {} : { rollout }), injections);
  expect([of(undefined, wanted), of(value, wanted), of(`${value}+3`, wanted)]).toEqual([false, false, false]);
  expect([of(value, other), of(value, []), of('restored@1', wanted)]).toEqual([true, true, true]);
  expect(of('restored@1', [])).toBe(false);
});

test('settled when every build has ended', () => {
  const binary = makeBinary(image);
  const withPhase = (phase: 'Queued' | 'Proving' | 'Building' | 'Ready' | 'Failed') =>
    makeRuntime({ status: { binaries: [binary], builds: [makeBuild(binary, { phase })] } });
  expect(
    ['Queued', 'Proving', 'Building', 'Ready', 'Failed'].map((phase) =>
      isSettled(makePod(), [withPhase(phase as 'Ready')]),
    ),
  ).toEqual([false, false, false, true, true]);
  expect(isSettled(makePod(), [makeRuntime({ status: { resolution: { requested: 'x' } } })])).toBe(false);
  expect(isSettled(makePod(), [])).toBe(true);
});
