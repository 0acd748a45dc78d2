import { makeReadyRuntime, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { runtimesForNew } from './effective-runtime.ts';
import { isBelow, partitionOf } from './partition.ts';
import { planWaves, type WorkloadFacts } from './plan-waves.ts';
import type { RolloutStatus } from './rollout-status.ts';

const at = (second: number): string => new Date(second * 1000).toISOString();
const workload = 'StatefulSet/db';

function setOf(partition: number, start?: number) {
  const spec = {
    ...(start === undefined ? {} : { ordinals: { start } }),
    updateStrategy: { rollingUpdate: { partition } },
  };
  return { spec, status: { currentRevision: 'db-old' } };
}

/** A StatefulSet of nine pods whose partition leaves some of them. */
function facts(left: number, more: Partial<WorkloadFacts> = {}): WorkloadFacts {
  return {
    ...{ workload, pods: 9, isBehind: false, isDone: true, isSettled: true },
    ...(left === 0 ? {} : { left: { pods: left, revision: 'db-old' } }),
    ...more,
  };
}

function step(rollout: RolloutStatus | undefined, second: number, ...workloads: WorkloadFacts[]) {
  const runtime = makeRuntime({ status: rollout === undefined ? {} : { rollout } });
  return planWaves({ runtime, workloads, now: at(second), verdict: { outcome: 'passed' } });
}

/** The roll-out once pods 6 to 8 have passed. */
function afterFirstStep(): RolloutStatus | undefined {
  const begun = step(undefined, 0, facts(6, { isBehind: true, isDone: false }));
  return step(step(begun, 10, facts(6)), 20, facts(6));
}

test('a partition counts from the first ordinal', () => {
  expect(partitionOf(setOf(0))).toBeUndefined();
  expect(partitionOf({ spec: {} })).toBeUndefined();
  const partition = partitionOf(setOf(3, 100));
  expect(partition).toEqual({ from: 103, below: 3, revision: 'db-old' });
  const below = (name: string) => isBelow({ metadata: { name }, spec: { containers: [] } }, partition);
  expect(['db-102', 'db-103', 'db'].map(below)).toEqual([true, false, false]);
});

test('what a partition lets through is watched and judged; the roll-out stays open for the rest', () => {
  const passed = afterFirstStep();
  expect(passed).toMatchObject({ phase: 'Progressing', watchedSince: at(10), workloads: [{ wave: 1 }] });
  expect(passed?.notes).toEqual([
    'StatefulSet/db: its partition leaves 6 pods as they are; lower it to go on',
  ]);
  expect(passed?.passedAt).toBe(at(20));
  expect(step(passed, 9999, facts(6))).toEqual(passed);
});

test('a lowered partition is a step with a deadline and a watch of its own', () => {
  const lowered = step(afterFirstStep(), 5000, facts(3, { isDone: false, lacks: '3 of 6 pods' }));
  expect(lowered).toMatchObject({ phase: 'Progressing', waveStartedAt: at(5000) });
  expect([lowered?.watchedSince, lowered?.passedAt]).toEqual([undefined, undefined]);
  expect(step(lowered, 5601, facts(3, { isDone: false, lacks: '3 of 6 pods' }))).toMatchObject({
    phase: 'Regressed',
    evidence: ['StatefulSet/db: 3 of 6 pods after 600 s'],
  });
  const all = step(step(lowered, 5100, facts(0)), 5200, facts(0));
  expect(step(all, 5300, facts(0))?.phase).toBe('Completed');
});

test('a partition that is lowered while another wave is under way joins it, one that is raised changes nothing', () => {
  const other = { ...facts(0), workload: 'Deployment/large', pods: 20 };
  const second = step(afterFirstStep(), 30, facts(6), { ...other, isBehind: true, isDone: false });
  expect(second).toMatchObject({ wave: 2, workloads: [{ wave: 1 }, { wave: 2 }] });
  const watched = step(second, 40, facts(6), other);
  const joined = step(watched, 50, facts(2, { isDone: false }), other);
  expect(joined?.workloads?.map(({ wave }) => wave)).toEqual([2, 2]);
  expect(joined?.watchedSince).toBeUndefined();
  expect(step(watched, 50, facts(7), other)).toMatchObject({ watchedSince: at(40), phase: 'Progressing' });
});

test('a pod that is made again from the template of before has what it had; from the new one, what is wished', () => {
  const image = 'example.com/operator:v1';
  const ready = makeReadyRuntime(image);
  const rollout: RolloutStatus = {
    ...{ phase: 'Progressing', to: { id: 'go1.26.8', wish: { runtime: { goVersion: 'go1.26.8' } } } },
    ...{ wave: 1, waves: 1, workloads: [{ workload, wave: 1, left: { pods: 6, revision: 'db-old' } }] },
  };
  const runtime = { ...ready, status: { ...ready.status, rollout } };
  const targetOf = (revision: string, phase: RolloutStatus['phase']) => {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'u', controller: true };
    const metadata = { labels: { 'controller-revision-hash': revision }, ownerReferences: [owner] };
    const wish = { ...runtime, status: { ...runtime.status, rollout: { ...rollout, phase } } };
    const [mine] = runtimesForNew([wish], { metadata, spec: { containers: [{ name: 'manager', image }] } });
    return mine?.status?.resolution?.goVersion;
  };
  expect(targetOf('db-old', 'Progressing')).toBeUndefined();
  expect(targetOf('db-new', 'Progressing')).toBe('go1.26.8');
  expect(targetOf('db-old', 'Completed')).toBe('go1.26.8');
});
