import type { EnvironmentInjection } from '@gofleet/inject/injection';
import type { RunningFacts } from '@gofleet/inject/runtime-status';
import { followingMemoryLimit } from '@gofleet/inject/runtime-variables';
import { makeBinary, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { type ContainerCase, judgeContainer } from './judge-container.ts';
import { countPods, renderConditions } from './summarise.ts';

const image = 'example.com/operator:v1';
const binary = makeBinary(image);
const spec = { mode: 'godebug', runtime: { goVersion: '>=1.19' }, godebug: { gcPercent: '50' } } as const;
const runtime = makeRuntime({ spec, status: { binaries: [binary] } });
const containerId = 'containerd://1';

const injection: EnvironmentInjection = {
  ...{ container: 'manager', runtime: 'operator', goVersion: 'go1.21.5', path: '/manager' },
  ...{ imageId: binary.imageId, variables: { GODEBUG: 'gctrace=1', GOGC: '50' } },
};
const bare: RunningFacts = {
  ...{ containerId, imageId: binary.imageId, sha256: binary.sha256, goVersion: 'go1.21.5', path: '/manager' },
  ...{ observedAt: '2026-01-01T00:00:00Z', source: '/proc/7/exe on node-a' },
};
const set: RunningFacts = { ...bare, environment: { ...injection.variables, GOMEMLIMIT: 'of the author' } };

function judge(more: Partial<ContainerCase>): string {
  const { phase, reason } = judgeContainer({
    ...{ runtime, image, containerId, imageId: binary.imageId, running: bare },
    ...{ injections: [], wanted: [injection], isMissed: false },
    ...more,
  });
  return `${phase}: ${reason}`;
}
const injected = { injections: [injection], running: set };

test('verified: the process began with what is set, whatever else it has', () => {
  expect(judge(injected)).toBe(
    'Verified: go1.21.5 runs with GODEBUG=gctrace=1 GOGC=50, read from /proc/7/environ on node-a',
  );
  expect(judge({ ...injected, notes: ['GOMEMLIMIT: no limit'] })).toMatch(/on node-a; GOMEMLIMIT: no limit$/);
});

test('ineffective: something in the container changed it, or the webhook was not reached', () => {
  const environment = { GOGC: '100', GODEBUG: 'gctrace=1' };
  expect(judge({ ...injected, running: { ...set, environment } })).toMatch(
    /^Ineffective: .* GOGC=100 although 50/,
  );
  expect(judge({ ...injected, running: bare })).toMatch(/^Ineffective: .*GODEBUG=\(unset\)/);
  expect(judge({ isMissed: true })).toMatch(/^Ineffective: started without GODEBUG=gctrace=1 GOGC=50/);
});

test('a resize of the container, or a new wish, has outdated what is set', () => {
  const next = { ...injection, variables: { GOGC: '80' } };
  expect(judge({ ...injected, wanted: [next] })).toMatch(
    /^RollingOut: runs with .* outdated; will be replaced by a pod with GOGC=80/,
  );
  expect(judge({ ...injected, wanted: [next], waitsFor: 'restart it' })).toMatch(/^Pending: .*; restart it$/);
  expect(judge({ ...injected, wanted: [] })).toMatch(/^Pending: .*; restart it$/);
});

test('a memory limit that is followed: as kubelet wrote it, or of the limit before a resize', () => {
  const follows = { ...injection, variables: { GOMEMLIMIT: followingMemoryLimit } };
  const running = { ...bare, environment: { GOMEMLIMIT: '64000000' } };
  const at = (mebibytes: number) =>
    judge({
      ...{ injections: [follows], wanted: [follows], running },
      memoryLimit: mebibytes * 2 ** 20,
    });
  expect(at(64)).toMatch(/^Verified: go1.21.5 runs with GOMEMLIMIT=64000000, read/);
  expect(at(63.5)).toMatch(/^Verified/);
  expect(at(128)).toBe(
    'Pending: runs with GOMEMLIMIT=64000000 of the memory limit that it began with; it follows the limit, to 128000000, when the container starts anew',
  );
  const changed = { ...running, environment: { GOMEMLIMIT: '1GiB' } };
  expect(judge({ injections: [follows], running: changed, memoryLimit: 2 ** 26 })).toMatch(
    /^Ineffective: .* GOMEMLIMIT=1GiB although 64000000/,
  );
});

test('rolling out, pending, and not read yet', () => {
  expect(judge({})).toBe('RollingOut: will be replaced by a pod with GODEBUG=gctrace=1 GOGC=50');
  expect(judge({ waitsFor: 'it is paused' })).toBe(
    'Pending: GODEBUG=gctrace=1 GOGC=50 is to be set; it is paused',
  );
  expect(judge({ ...injected, running: { ...set, containerId: 'old' } })).toMatch(
    /^RollingOut: .* not been read/,
  );
});

test('failed: refused; skipped: nothing to set, or no Go; observing: not known yet', () => {
  expect(judge({ wanted: [], refusal: 'x is no setting' })).toBe('Failed: x is no setting');
  expect(judge({ ...injected, wanted: [], refusal: 'x is no setting' })).toBe(
    'Failed: x is no setting; until it is replaced it has GODEBUG=gctrace=1 GOGC=50',
  );
  expect(judge({ wanted: [], notes: ['GOGC: the author set it'] })).toBe(
    'Skipped: go1.21.5 needs nothing set; GOGC: the author set it',
  );
  const { goVersion: _, ...running } = bare;
  expect(judge({ wanted: [], running })).toBe('Skipped: /manager is no Go program');
  expect(judge({ wanted: [], runtime: makeRuntime({ spec }) })).toMatch(/^Observing: .*not reported yet/);
  expect(judge({ claimedBy: 'elder' })).toMatch(/^Skipped: GoRuntime elder/);
});

test('no resolution is waited for, and the conditions say that nothing is built', () => {
  const { resolution: _, ...status } = runtime.status ?? {};
  expect(judge({ ...injected, runtime: { ...runtime, status } })).toMatch(/^Verified/);
  const pods = [
    {
      ...({ pod: 'a', container: 'manager', phase: 'Verified', reason: 'x' } as const),
      desired: { goVersion: 'go1.21.5', environment: injection.variables },
      delivered: { environment: injection.variables, delivery: 'environment' } as const,
    },
  ];
  expect(countPods(pods)).toEqual({ desiredPods: 1, deliveredPods: 1, verifiedPods: 1 });
  const rolling = pods.map((entry) => ({ ...entry, phase: 'RollingOut' as const }));
  expect(countPods(rolling)).toEqual({ desiredPods: 1, deliveredPods: 1, verifiedPods: 0 });
  expect(
    renderConditions(runtime, pods, '2026-01-01T00:00:00Z').map(({ type, status: is, reason }) => [
      type,
      is,
      reason,
    ]),
  ).toEqual([
    ['Built', 'True', 'NothingToBuild'],
    ['RolledOut', 'True', 'RolledOut'],
    ['Ready', 'True', 'Verified'],
  ]);
});
