import type { Injection } from '@gofleet/inject/injection';
import type { BuildStatus, RunningFacts } from '@gofleet/inject/runtime-status';
import { makeBinary, makeBuild, makeReadyRuntime, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { type ContainerCase, judgeContainer } from './judge-container.ts';

const image = 'example.com/operator:v1';
const runtime = makeReadyRuntime(image);
const binary = makeBinary(image);
const build = makeBuild(binary);
const containerId = 'containerd://1';

const injection: Injection = {
  container: 'manager',
  runtime: 'operator',
  goVersion: 'go1.26.8',
  artefact: build.artefact ?? '',
  path: '/manager',
  imageId: binary.imageId,
};

const original: RunningFacts = {
  containerId,
  imageId: binary.imageId,
  sha256: binary.sha256,
  goVersion: 'go1.21.5',
  path: '/manager',
  observedAt: '2026-01-01T00:00:00Z',
  source: '/proc/7/exe on node-a',
};
const relinked: RunningFacts = { ...original, sha256: injection.artefact, goVersion: 'go1.26.8' };

function judge(more: Partial<ContainerCase>): string {
  const { phase, reason } = judgeContainer({
    ...{ runtime, image, containerId, imageId: binary.imageId, running: original },
    ...{ injections: [], wanted: [injection], isMissed: false },
    ...more,
  });
  return `${phase}: ${reason}`;
}

const withBuild = (more: Partial<BuildStatus>) =>
  makeRuntime({ status: { binaries: [binary], builds: [{ ...build, ...more }] } });
const injected = { injections: [injection], running: relinked };

test('verified: the process runs the mounted artefact', () => {
  expect(judge(injected)).toBe('Verified: runs go1.26.8, read from /proc/7/exe on node-a');
});

test('verified: what its program is told of itself changes with the next pod, and that is said', () => {
  const told = { ...injection, environment: { GOFLEET_BUILD_ID: 'a/b/c/d' } } as Injection;
  expect(judge({ ...injected, wanted: [told] })).toMatch(
    /its next pod begins with GOFLEET_BUILD_ID=a\/b\/c\/d$/,
  );
  expect(judge({ ...injected, injections: [told] })).toMatch(/its next pod begins without GOFLEET_BUILD_ID=/);
  expect(judge({ ...injected, injections: [told], wanted: [told] })).toMatch(/node-a$/);
});

test('verified: the original is of the wished release already', () => {
  const running = { ...original, goVersion: 'go1.26.8' };
  expect(judge({ running, wanted: [] })).toMatch(/^Verified: runs go1.26.8 by itself/);
});

test('ineffective: another file runs than the one that is mounted', () => {
  expect(judge({ ...injected, running: original })).toMatch(
    /^Ineffective: \/manager runs 6f7269.* although 72656c/,
  );
});

test('ineffective: the right file, yet another release inside', () => {
  const running = { ...relinked, goVersion: 'go1.26.7' };
  expect(judge({ ...injected, running })).toBe('Ineffective: runs go1.26.7, expected go1.26.8');
});

test('ineffective: the image has changed since the binary was observed', () => {
  const imageId = `${image}@sha256:${'9'.repeat(64)}`;
  expect(judge({ ...injected, imageId })).toMatch(/^Ineffective: the image changed/);
});

test('ineffective: the webhook missed the pod', () => {
  expect(judge({ isMissed: true })).toMatch(/^Ineffective: started uninjected although go1.26.8 was ready/);
  expect(judge({ isMissed: true, waitsFor: 'restart it' })).toMatch(/; restart it$/);
});

test('ineffective: something is mounted and what runs is no Go program', () => {
  const { goVersion: _, ...running } = relinked;
  expect(judge({ ...injected, running: { ...running, problem: 'no build info' } })).toBe(
    'Ineffective: no build info',
  );
});

test('observing: not read yet, or read from the container before', () => {
  const { running: _, ...unread } = { running: original };
  const { containerId: __, ...none } = { containerId };
  expect(judge({ ...unread, running: { ...original, containerId: 'containerd://0' } })).toMatch(
    /^Observing: .* not been read/,
  );
  expect(judge({ ...none, running: { ...original, containerId: 'old' }, trouble: 'ErrImagePull' })).toBe(
    'Observing: the container does not run: ErrImagePull',
  );
});

test('observing: the version is being resolved, or the build info is on its way', () => {
  const unresolved = makeRuntime({ status: { resolution: { requested: '1.25' } } });
  expect(judge({ runtime: unresolved })).toBe('Observing: waits for the builder to resolve Go 1.26.8');
  expect(judge({ runtime: makeRuntime() })).toMatch(/^Observing: .* not reported yet/);
  expect(judge({ runtime: makeRuntime(), ownMount: '/opt' })).toMatch(
    /^Failed: .* the pod's own mount \/opt: /,
  );
});

test('building: queued, proving, and why it is tried again', () => {
  expect(judge({ runtime: makeRuntime({ status: { binaries: [binary] } }) })).toBe(
    'Building: waits for the relink to go1.26.8',
  );
  expect(judge({ runtime: withBuild({ phase: 'Queued', message: 'tried again in 5 s' }) })).toBe(
    'Building: tried again in 5 s',
  );
  expect(judge({ runtime: withBuild({ phase: 'Proving' }) })).toBe('Building: is being relinked to go1.26.8');
});

test('rolling out: ready and to be replaced, or injected and not read yet', () => {
  expect(judge({})).toBe('RollingOut: will be replaced by a pod with go1.26.8');
  expect(judge({ ...injected, running: { ...relinked, containerId: 'old' } })).toMatch(
    /^RollingOut: the injected container has not been read/,
  );
});

test('rolling out: a newer artefact than the mounted one', () => {
  const next = { ...injection, artefact: 'd'.repeat(64) };
  expect(judge({ ...injected, wanted: [next] })).toBe('RollingOut: will be replaced by a pod with go1.26.8');
});

test('a new wish: what runs now is of the wish before, and says what it waits for', () => {
  const older = { ...injection, artefact: 'c'.repeat(64), goVersion: 'go1.25.1' };
  const running = { ...relinked, sha256: older.artefact, goVersion: 'go1.25.1' };
  const before = { injections: [older], wanted: [older], running };
  const kept = { ...build, goVersion: 'go1.25.1', artefact: older.artefact };
  const during = (more: Partial<BuildStatus>) =>
    makeRuntime({ status: { binaries: [binary], builds: [{ ...build, ...more }, kept] } });
  expect(judge({ ...before, runtime: during({ phase: 'Proving' }) })).toBe(
    'Building: for now on go1.25.1: is being relinked to go1.26.8',
  );
  expect(judge({ ...before, runtime: during({ phase: 'Failed', message: 'undefined: x' }) })).toBe(
    'Failed: stays on go1.25.1: undefined: x',
  );
  expect(judge({ ...before, wanted: [injection] })).toBe(
    'RollingOut: will be replaced by a pod with go1.26.8',
  );
  const own = makeRuntime({ status: { binaries: [{ ...binary, goVersion: 'go1.26.8' }], builds: [kept] } });
  expect(judge({ ...before, wanted: [], runtime: own })).toBe(
    'RollingOut: will be replaced by a pod with go1.26.8',
  );
});

test('pending: ready, and nothing replaces the pod', () => {
  expect(judge({ waitsFor: 'its Deployment is paused' })).toBe(
    'Pending: go1.26.8 is ready; its Deployment is paused',
  );
});

test('failed: unresolvable, not buildable, too weak, not mountable, or crashing', () => {
  const unresolvable = makeRuntime({
    status: { resolution: { requested: '1.26.8', problem: 'no such release' } },
  });
  expect(judge({ runtime: unresolvable })).toBe('Failed: no such release');
  expect(judge({ runtime: withBuild({ phase: 'Failed', message: 'main.go:7: undefined: x' }) })).toBe(
    'Failed: main.go:7: undefined: x',
  );
  expect(judge({ runtime: withBuild({ grade: 'claimed' }) })).toMatch(
    /^Failed: evidence of the relink is "claimed"/,
  );
  expect(judge({ refusal: '/manager lies in a mount' })).toBe('Failed: /manager lies in a mount');
  const crashing = {
    ...injected,
    running: { ...relinked, containerId: 'old' },
    trouble: 'CrashLoopBackOff, exit code 2',
  };
  expect(judge(crashing)).toBe(
    'Failed: the injected program does not stay up: CrashLoopBackOff, exit code 2',
  );
});

test('skipped: an older wish decides, or the program is no Go', () => {
  expect(judge({ claimedBy: 'elder' })).toBe(
    'Skipped: GoRuntime elder is older and decides for this container: narrow one of the two by its selector or spec.containers, or delete one',
  );
  const { goVersion: _, ...running } = original;
  expect(judge({ running })).toBe('Skipped: /manager is no Go program');
});

test('delivered where nobody reads the process; never verified', () => {
  const copied: Injection = {
    ...injection,
    from: { delivery: 'copy', image: 'registry.example/a@sha256:1', file: 'operator' },
  };
  const elsewhere = {
    ...{ injections: [copied], running: { ...original, containerId: 'old' } },
    unreadable: 'no node plugin on b reads its process',
  };
  expect(judge(elsewhere)).toBe(
    'Delivered: by copy, and not verified: no node plugin on b reads its process',
  );
  expect(judge({ ...elsewhere, injections: [] })).toBe('Observing: no node plugin on b reads its process');
});

test('failed: the artefact does not reach the pod', () => {
  const undeliverable = 'b: build.disk-full: no space';
  const input = {
    runtime,
    image,
    injections: [injection],
    wanted: [injection],
    isMissed: false,
    undeliverable,
  };
  expect(judgeContainer(input)).toEqual({
    phase: 'Failed',
    reason: `the artefact cannot be delivered: ${undeliverable}`,
  });
});
