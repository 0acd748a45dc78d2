import type { RunningFacts } from '@gofleet/inject/runtime-status';
import type { ToolchainInjection } from '@gofleet/inject/toolchain';
import { fakeSha256, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { type ContainerCase, judgeContainer } from './judge-container.ts';
import { countPods, renderConditions } from './summarise.ts';

const [shim, artefact, other] = [fakeSha256('shim'), fakeSha256('1.26.8'), fakeSha256('1.25.3')];
const releases = [
  { requested: '1.26.8', goVersion: 'go1.26.8', artefact },
  { requested: '1.25', goVersion: 'go1.25.3', artefact: other },
];
const spec = { mode: 'toolchain', toolchain: { releases: ['1.25'] } } as const;
const runtime = makeRuntime({ spec, status: { toolchain: { shim, releases } } });
const containerId = 'containerd://1';

const injection: ToolchainInjection = {
  ...{
    container: 'runner',
    runtime: 'operator',
    goVersion: 'go1.26.8',
    path: '/opt/gofleet',
    imageId: '',
    shim,
  },
  releases: releases.map(({ goVersion, artefact: sha256 }) => ({ goVersion, artefact: sha256 })),
  cacheSizeLimit: '4Gi',
  environment: { PATH: '/opt/gofleet/bin:/bin' },
};
const mounts = [
  { path: '/opt/gofleet/go1.26.8', goVersion: 'go1.26.8' },
  { path: '/opt/gofleet/go1.25.3', goVersion: 'go1.25.3' },
];
const bare: RunningFacts = {
  ...{ containerId, imageId: 'i', sha256: fakeSha256('sh'), path: '/bin/sh', problem: 'no Go program' },
  ...{ observedAt: '2026-01-01T00:00:00Z', source: '/proc/7/exe on node-a' },
  toolchain: { mounts: [], searchPath: '/bin' },
};
const seen: RunningFacts = { ...bare, toolchain: { mounts, searchPath: '/opt/gofleet/bin:/bin' } };

function judge(more: Partial<ContainerCase>): string {
  const { phase, reason } = judgeContainer({
    ...{
      runtime,
      image: 'i',
      containerId,
      running: bare,
      injections: [],
      wanted: [injection],
      isMissed: false,
    },
    ...more,
  });
  return `${phase}: ${reason}`;
}
const injected = { injections: [injection], running: seen };

test('verified: the main process sees every release, and PATH begins with what stands for go', () => {
  expect(judge(injected)).toBe('Verified: finds go1.26.8, go1.25.3, read from /proc/7/mountinfo on node-a');
  expect(judge({ ...injected, notes: ['GOCACHE: the author set it'] })).toMatch(
    /; GOCACHE: the author set it$/,
  );
});

test('ineffective: one is not there, is another one, or PATH was changed', () => {
  const having = (toolchain: RunningFacts['toolchain']) =>
    judge({ ...injected, running: { ...bare, ...(toolchain ? { toolchain } : {}) } });
  const searchPath = '/opt/gofleet/bin:/bin';
  expect(having({ mounts: mounts.slice(0, 1), searchPath })).toBe(
    'Ineffective: no Go is mounted at /opt/gofleet/go1.25.3, expected go1.25.3',
  );
  const wrong = [{ path: '/opt/gofleet/go1.26.8', goVersion: 'go1.26.7' }];
  expect(having({ mounts: wrong, searchPath })).toMatch(/^Ineffective: go1.26.7 is mounted at/);
  expect(having({ mounts, searchPath: '/bin' })).toMatch(
    /^Ineffective: .*began with PATH=\/bin: .*\/opt\/gofleet\/bin is not first/,
  );
  expect(judge({ isMissed: true })).toMatch(/^Ineffective: started without go1.26.8, go1.25.3/);
});

test('a GOROOT that is mounted over is looked at too, and PATH is not', () => {
  const over = { ...injection, goRoot: '/usr/local/go', environment: {} };
  const more = { injections: [over], wanted: [over] };
  expect(judge({ ...more, running: { ...bare, toolchain: { mounts } } })).toMatch(
    /no Go is mounted at \/usr\/local\/go/,
  );
  const all = [...mounts, { path: '/usr/local/go', goVersion: 'go1.26.8' }];
  expect(judge({ ...more, running: { ...bare, toolchain: { mounts: all } } })).toMatch(/^Verified/);
});

test('on the way: fetching, waiting for PATH, rolling out, pending, outdated', () => {
  const fetching = makeRuntime({ spec, status: { toolchain: { shim, releases: releases.slice(0, 1) } } });
  expect(judge({ runtime: fetching, wanted: [] })).toBe('Building: waits for the builder to fetch Go 1.25');
  expect(judge({ wanted: [] })).toBe('Observing: waits for its node to read PATH');
  expect(judge({})).toBe('RollingOut: will be replaced by a pod with go1.26.8, go1.25.3');
  expect(judge({ waitsFor: 'restart it' })).toMatch(/^Pending: .* is to be mounted; restart it$/);
  const next = { ...injection, releases: injection.releases.slice(0, 1) };
  expect(judge({ ...injected, wanted: [next] })).toMatch(/^RollingOut: finds .* outdated; will be replaced/);
  const { toolchain: _, ...unread } = bare;
  expect(judge({ ...injected, running: unread })).toMatch(/^Observing/);
  expect(judge({ wanted: [], refusal: 'PATH: no' })).toBe('Failed: PATH: no');
});

test('conditions: fetched, and delivered when the releases are those that are wished', () => {
  const [built] = renderConditions(runtime, [], '2026-01-01T00:00:00Z');
  expect(built).toMatchObject({
    status: 'True',
    reason: 'Fetched',
    message: 'go1.26.8, go1.25.3 can be mounted',
  });
  const broken = { releases: [{ requested: '1.26.8', problem: 'no such release' }] };
  const [failed] = renderConditions(
    makeRuntime({ spec, status: { toolchain: broken } }),
    [],
    '2026-01-01T00:00:00Z',
  );
  expect(failed).toMatchObject({ status: 'False', message: 'Go 1.26.8: no such release' });
  const pod = {
    pod: 'p',
    container: 'c',
    phase: 'RollingOut',
    desired: { goVersion: 'go1.26.8', toolchains: ['go1.26.8'] },
  } as const;
  const delivered = (toolchains: readonly string[]) =>
    countPods([{ ...pod, delivered: { toolchains, delivery: 'csi' } }]).deliveredPods;
  expect([delivered(['go1.26.8']), delivered(['go1.25.3'])]).toEqual([1, 0]);
});
