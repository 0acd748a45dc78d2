import type { PodStatus } from '@gofleet/inject/runtime-status';
import { makeBinary, makeBuild, makeReadyRuntime, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { countPods, isRollingOut, renderConditions } from './summarise.ts';

const image = 'example.com/operator:v1';
const runtime = makeReadyRuntime(image);
const now = '2026-01-02T00:00:00Z';

function entry(pod: string, phase: PodStatus['phase'], more: Partial<PodStatus> = {}): PodStatus {
  return {
    pod,
    container: 'manager',
    desired: { goVersion: 'go1.26.8', artefact: 'x' },
    ...(phase ? { phase } : {}),
    ...more,
  };
}
const delivered = { artefact: 'x', delivery: 'csi' } as const;

const words = (pods: readonly PodStatus[], wish = runtime): string[] =>
  renderConditions(wish, pods, now)
    .filter(({ type }) => type !== 'Regressed')
    .map(({ type, status, reason }) => `${type}=${status} ${reason}`);

test('a pod counts as verified when each of its containers is', () => {
  const pods = [
    entry('a', 'Verified', { delivered }),
    entry('a', 'RollingOut', { container: 'second', delivered }),
    entry('b', 'Verified', { delivered }),
    entry('c', 'Skipped', { container: 'x' }),
  ].map((each) => {
    const { desired: _, ...skipped } = each;
    return each.phase === 'Skipped' ? skipped : each;
  });
  expect(countPods(pods)).toEqual({ desiredPods: 2, deliveredPods: 2, verifiedPods: 1 });
});

test('the way to Ready', () => {
  expect(words([], makeRuntime({ status: { resolution: { requested: 'x' } } }))[0]).toBe(
    'Built=Unknown Resolving',
  );
  expect(words([entry('a', 'Observing')], makeRuntime())).toEqual([
    'Built=Unknown NothingObserved',
    'RolledOut=False NotBuilt',
    'Ready=False NotBuilt',
  ]);
  expect(words([entry('a', 'RollingOut')])).toEqual([
    'Built=True Built',
    'RolledOut=False RollingOut',
    'Ready=False RollingOut',
  ]);
  expect(words([entry('a', 'RollingOut', { delivered })])).toEqual([
    'Built=True Built',
    'RolledOut=True RolledOut',
    'Ready=False Verifying',
  ]);
  expect(words([entry('a', 'Verified', { delivered })])).toEqual([
    'Built=True Built',
    'RolledOut=True RolledOut',
    'Ready=True Verified',
  ]);
});

test('what stands in the way', () => {
  const binary = makeBinary(image);
  const failed = makeRuntime({
    status: { binaries: [binary], builds: [makeBuild(binary, { phase: 'Failed', message: 'undefined: x' })] },
  });
  expect(words([entry('a', 'Failed')], failed)).toEqual([
    'Built=False BuildFailed',
    'RolledOut=False NotBuilt',
    'Ready=False NotEffective',
  ]);
  const weak = makeBuild(binary, { phase: 'Failed', grade: 'claimed' });
  const refused = makeRuntime({ status: { binaries: [binary], builds: [weak] } });
  expect(words([entry('a', 'Failed')], refused)[0]).toBe('Built=False EvidenceTooWeak');
  expect(words([entry('a', 'Ineffective')])[1]).toBe('RolledOut=False RollingOut');
  expect(words([entry('a', 'Pending')])[1]).toBe('RolledOut=False WaitsForRestart');
  expect(words([])[2]).toBe('Ready=Unknown NoPods');
});

test('the time of a condition moves only with its status', () => {
  const before = renderConditions(runtime, [entry('a', 'RollingOut')], '2026-01-01T00:00:00Z');
  const next = { ...runtime, status: { ...runtime.status, conditions: before } };
  const after = renderConditions(next, [entry('a', 'Verified', { delivered })], now);
  expect(after.map(({ type, lastTransitionTime: at }) => [type, at])).toEqual([
    ['Built', '2026-01-01T00:00:00Z'],
    ['RolledOut', now],
    ['Ready', now],
    ['Regressed', '2026-01-01T00:00:00Z'],
  ]);
});

test('a pod that was missed after the roll-out had ended does not begin it again', () => {
  const ended = renderConditions(runtime, [entry('a', 'Verified', { delivered })], now);
  const after = { ...runtime, status: { ...runtime.status, conditions: ended } };
  expect([isRollingOut(runtime), isRollingOut(after)]).toEqual([true, false]);
  const missed = renderConditions(after, [entry('a', 'Ineffective')], now);
  expect(missed[1]).toMatchObject({ status: 'False', reason: 'Ineffective' });
  expect(isRollingOut({ ...runtime, status: { ...runtime.status, conditions: missed } })).toBe(false);
});

test('a wish that changes nothing says why, and where to look', () => {
  const messageOf = (pods: readonly PodStatus[], wish = runtime): string =>
    renderConditions(wish, pods, now).find(({ type }) => type === 'Ready')?.message ?? '';
  expect(messageOf([])).toBe(
    'no pod that runs matches the selector {"matchLabels":{"app":"operator"}}; compare with "kubectl get pods -n demo --show-labels"',
  );
  expect(messageOf([], makeReadyRuntime(image, { spec: { containers: ['proxy'] } }))).toContain(
    ' and has a container proxy (init containers and native sidecars are left alone);',
  );
  const { desired: _, ...skipped } = entry('a', 'Skipped', { reason: 'GoRuntime elder is older' });
  expect(words([skipped])[2]).toBe('Ready=Unknown NothingToChange');
  expect(messageOf([skipped])).toBe('a/manager: GoRuntime elder is older');
});
