import { makeBinary, makeBuild, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { wantInjections } from '../admission/want-injections.ts';
import type { GoRuntimeSpec } from '../go-runtime.ts';
import { effectiveRuntime } from './effective-runtime.ts';
import { type Revision, revisionOf } from './revision.ts';
import type { RolloutStatus } from './rollout-status.ts';
import { workloadOfPod } from './workload-of-pod.ts';

const image = 'example.com/operator:v1';
const binary = makeBinary(image);
const pod = {
  metadata: { labels: { app: 'operator' } },
  spec: { containers: [{ name: 'manager', image }] },
};
const relinked = (goVersion: string): Revision => ({
  id: goVersion,
  wish: { mode: 'relink', runtime: { goVersion } },
});
const [older, newer] = [relinked('go1.25.1'), relinked('go1.26.8')];
const builds = [makeBuild(binary), makeBuild(binary, { goVersion: 'go1.25.1', artefact: 'b'.repeat(64) })];

function wanted(rollout: Partial<RolloutStatus> | undefined, spec: Partial<GoRuntimeSpec> = {}) {
  const progress = { phase: 'Progressing', from: older, to: newer, wave: 1, waves: 3 } as const;
  const runtime = makeRuntime({
    spec,
    status: { binaries: [binary], builds, ...(rollout ? { rollout: { ...progress, ...rollout } } : {}) },
  });
  const staged = effectiveRuntime(runtime, 'Deployment/a');
  return wantInjections(pod, [staged]).injections.map(({ goVersion }) => goVersion);
}

test('a workload has the new revision when its wave has begun, and the one before until then', () => {
  const begun = { workloads: [{ workload: 'Deployment/a', wave: 1 }] };
  const other = { workloads: [{ workload: 'Deployment/b', wave: 1 }] };
  expect(wanted(begun)).toEqual(['go1.26.8']);
  expect(wanted(other)).toEqual(['go1.25.1']);
  expect(wanted({ ...other, wave: 3 })).toEqual(['go1.26.8']);
  expect(wanted({ wave: 0, waves: 0 })).toEqual(['go1.25.1']);
  expect(wanted({ phase: 'Completed' })).toEqual(['go1.26.8']);
});

test('what regressed or was undone is given to nobody', () => {
  expect(wanted({ phase: 'Regressed', wave: 3 })).toEqual(['go1.25.1']);
  expect(wanted({ phase: 'Undone' })).toEqual(['go1.25.1']);
});

test('a wish that means something else than its roll-out changes nothing until that begins', () => {
  const begun = { workloads: [{ workload: 'Deployment/a', wave: 1 }] };
  expect(wanted({ ...begun, from: relinked('go1.24.1'), to: older })).toEqual(['go1.25.1']);
  expect(wanted(begun, { runtime: { goVersion: '1.99' } })).toEqual(['go1.26.8']);
  expect(wanted({ phase: 'Completed', to: older })).toEqual(['go1.25.1']);
  expect(wanted(undefined)).toEqual([]);
});

test('workloads that are left to their own restarts get what is wished at once', () => {
  expect(wanted(undefined, { rollout: { strategy: 'OnRestart' } })).toEqual(['go1.26.8']);
});

test('a revision without its builds gives nothing, never the artefact of another', () => {
  expect(wanted({ from: relinked('go1.20.1') })).toEqual([]);
});

test('in mode godebug the settings are the revision', () => {
  const spec = { mode: 'godebug', runtime: { goVersion: '>=1.19' }, godebug: { gcPercent: '20' } } as const;
  const before = revisionOf(makeRuntime({ spec: { ...spec, godebug: { gcPercent: '50' } } }));
  const after = revisionOf(makeRuntime({ spec }));
  expect(before?.id).toMatch(/^godebug-[0-9a-f]{8}$/);
  expect(before?.id).not.toBe(after?.id);
  if (!before || !after) return;
  const rollout = { phase: 'Regressed', from: before, to: after, wave: 1, waves: 1 } as const;
  const runtime = makeRuntime({ spec, status: { binaries: [binary], rollout } });
  const [injection] = wantInjections(pod, [effectiveRuntime(runtime, undefined)]).injections;
  expect(injection).toMatchObject({ variables: { GOGC: '50' } });
});

test('the workload of a pod, by its owner alone', () => {
  const owned = (kind: string, name: string, labels = {}) =>
    workloadOfPod({ ...pod, metadata: { labels, ownerReferences: [{ kind, name, controller: true }] } });
  expect(owned('ReplicaSet', 'cart-7d4b9', { 'pod-template-hash': '7d4b9' })).toBe('Deployment/cart');
  expect(owned('ReplicaSet', 'bare')).toBe('ReplicaSet/bare');
  expect(owned('StatefulSet', 'db')).toBe('StatefulSet/db');
  expect(workloadOfPod(pod)).toBeUndefined();
});
