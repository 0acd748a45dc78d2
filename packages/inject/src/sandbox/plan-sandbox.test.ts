import { applyJsonPatch } from '@gofleet/testkit/apply-json-patch';
import { expect, test } from 'vitest';
import { planAdmission } from '../admission/plan-admission.ts';
import type { PodContainer, PodTemplate } from '../admission/pod.ts';
import { wantInjections } from '../admission/want-injections.ts';
import { isSent } from '../admission/webhook-configuration.ts';
import type { DeliverableNode } from '../delivery/deliverable-node.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { effectiveRuntime } from '../rollout/effective-runtime.ts';
import { isSettled, sameInjections } from '../rollout/plan-rollout.ts';
import { revisionOf, runtimeAt } from '../rollout/revision.ts';
import { planSandbox } from './plan-sandbox.ts';
import type { SandboxSpec } from './sandbox-spec.ts';
import { type SandboxInjection, wantSandbox } from './want-sandbox.ts';

const cluster = { image: 'gofleet:test', hasNativeSidecars: true };

function wish(sandbox?: Partial<SandboxSpec>, more: object = {}): GoRuntime {
  const spec = {
    selector: { matchLabels: { app: 'ci' } },
    runtime: { goVersion: '1.26.8' },
    ...(sandbox === undefined ? {} : { sandbox: { volume: 'work', ...sandbox } }),
    ...more,
  };
  const metadata = { name: 'ci', namespace: 'ci', creationTimestamp: '2026-01-01T00:00:00Z' };
  return { apiVersion: 'gofleet.dev/v1alpha1', kind: 'GoRuntime', metadata, spec };
}

function pod(spec: Partial<PodTemplate['spec']> = {}): PodTemplate {
  const volumeMounts = [{ name: 'work', mountPath: '/work' }];
  return {
    metadata: { labels: { app: 'ci' } },
    spec: { containers: [{ name: 'main', image: 'ci', volumeMounts }], volumes: [{ name: 'work' }], ...spec },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the patched pod is looked at as JSON
function patched(from: PodTemplate, runtime: GoRuntime | undefined = wish({}), native = true): any {
  return applyJsonPatch(from, plan(from, runtime, native));
}

function plan(from: PodTemplate, runtime: GoRuntime | undefined, hasNativeSidecars = true) {
  const sandboxes = { ...cluster, hasNativeSidecars };
  return planAdmission(from, runtime ? [runtime] : [], { sandboxes }).operations;
}

test('a native sidecar before the other init containers, and the stand-in read-only in the callers', () => {
  const { spec } = patched(
    pod({ initContainers: [{ name: 'first' }] }),
    wish({ goproxy: 'http://proxy.example' }),
  );
  expect(spec.initContainers.map(({ name }: { name: string }) => name)).toEqual(['gofleet-sandbox', 'first']);
  const [sandbox] = spec.initContainers;
  expect(sandbox).toMatchObject({
    image: 'gofleet:test',
    restartPolicy: 'Always',
    securityContext: {
      ...{
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
        runAsUser: 65532,
      },
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  });
  expect(sandbox.args).toEqual([
    ...[
      '--volume',
      '/work',
      '--listen',
      '/run/gofleet-sandbox/sandbox.sock',
      '--dir',
      '/var/gofleet-sandbox/work',
    ],
    ...['--install', '1.26.8'],
  ]);
  expect(sandbox.env).toContainEqual({ name: 'GOPROXY', value: 'http://proxy.example' });
  expect(spec.containers[0].volumeMounts[1]).toEqual({
    ...{ name: 'gofleet-sandbox-run', mountPath: '/run/gofleet-sandbox', readOnly: true },
  });
  expect(spec.volumes.map(({ name }: { name: string }) => name)).toEqual([
    ...['work', 'gofleet-sandbox-run', 'gofleet-sandbox'],
  ]);
});

test('the first of the containers, which holds the others back, where init containers end, or where it is wished so', () => {
  for (const { spec } of [patched(pod(), wish({}), false), patched(pod(), wish({ container: 'Classic' }))]) {
    expect(spec.initContainers).toBeUndefined();
    const [sandbox, main] = spec.containers;
    expect(main).toMatchObject({ name: 'main' });
    expect(sandbox).toMatchObject({
      name: 'gofleet-sandbox',
      // Kubelet starts the next one when this has ended.
      lifecycle: { postStart: { exec: { command: ['/gofleet/sandbox/go', 'version'] } } },
    });
    expect(sandbox.env).toContainEqual({
      name: 'GOFLEET_SANDBOX',
      value: '/run/gofleet-sandbox/sandbox.sock',
    });
    expect(sandbox.env).toContainEqual({ name: 'GOFLEET_SANDBOX_WAIT', value: '600' });
    expect(sandbox.restartPolicy).toBeUndefined();
  }
});

test('the user of the caller, unless it is root', () => {
  const user = (context: object) =>
    patched(pod({ securityContext: context })).spec.initContainers[0].securityContext;
  expect(user({ runAsUser: 1000, runAsGroup: 2000 })).toMatchObject({ runAsUser: 1000, runAsGroup: 2000 });
  expect(user({ runAsUser: 0, runAsGroup: 0 })).toMatchObject({ runAsUser: 65532 });
});

test('a pod that bounds its containers together bounds the sandbox too', () => {
  const resources = { requests: { cpu: '1' }, limits: { memory: '1Gi' } };
  const inAll = patched(pod({ resources }), wish({ resources: { limits: { memory: '2Gi' } } }));
  expect(inAll.spec.initContainers[0]).not.toHaveProperty('resources');
});

test('planned again, nothing more comes', () => {
  const once = patched(pod());
  expect(plan(once, wish({}))).toEqual([]);
});

test.each<[string, PodTemplate, GoRuntime]>([
  ['no wish for it', pod(), wish()],
  ['no container mounts the volume', pod({ containers: [{ name: 'main' }] }), wish({})],
  ['another volume', pod(), wish({ volume: 'other' })],
  ['the container is not wished for', pod(), wish({}, { containers: ['x'] })],
  ['opted out', { ...pod(), metadata: { labels: { app: 'ci', 'gofleet.dev/inject': 'false' } } }, wish({})],
  ['another system', pod({ os: { name: 'windows' } }), wish({})],
  ['other labels', { ...pod(), metadata: { labels: {} } }, wish({})],
])('none: %s', (_why, from, runtime) => {
  expect(plan(from, runtime)).toEqual([]);
});

test('a changed wish replaces what an earlier one put there, and a wish that is gone takes it away', () => {
  for (const native of [true, false]) {
    const from = pod({ initContainers: [{ name: 'first' }] });
    const once = patched(from, wish({}), native);
    const later = wish({ goVersions: ['1.25.3'], goproxy: 'http://other.example' });
    const twice = patched(once, later, native);
    expect(twice).toEqual(patched(from, later, native));
    expect(plan(twice, later, native)).toEqual([]);
    const bare = applyJsonPatch(once, planAdmission(once, [], { sandboxes: cluster }).operations);
    expect(bare).toEqual({ ...from, metadata: { ...from.metadata, annotations: {} } });
  }
});

test('containers that others have put behind a classic one keep their mounts', () => {
  const once = patched(pod(), wish({}), false);
  const caller = { name: 'late', image: 'ci', volumeMounts: [{ name: 'work', mountPath: '/work' }] };
  const [sandbox, main] = once.spec.containers;
  const behind = { ...once, spec: { ...once.spec, containers: [main, sandbox, caller] } };
  const { spec } = patched(behind, wish({ goVersions: ['1.25.3'] }), false);
  expect(spec.containers.map(({ name }: PodContainer) => name)).toEqual(['gofleet-sandbox', 'main', 'late']);
  for (const at of [1, 2])
    expect(spec.containers[at].volumeMounts.map(({ name }: PodContainer) => name)).toEqual([
      'work',
      'gofleet-sandbox-run',
    ]);
});

test('a container of that name that nobody noted is the author’s own', () => {
  const from = pod({ initContainers: [{ name: 'gofleet-sandbox', image: 'own' }] });
  expect(plan(from, wish({}))).toEqual([]);
  expect(plan(from, undefined)).toEqual([]);
});

test('a change of the sandbox is a change that rolls, and goes with its revision', () => {
  const [before, after] = [wish({}), wish({ goVersions: ['1.25.3'] })];
  const of = (runtime: GoRuntime) => wantInjections(pod(), [runtime]).injections;
  expect(sameInjections(of(before), of(after))).toBe(false);
  expect(sameInjections(of(before), of(wish()))).toBe(false);
  const resolved = (runtime: GoRuntime) => ({
    ...runtime,
    status: { resolution: { requested: '1.26.8', goVersion: 'go1.26.8' } },
  });
  const [first, second] = [revisionOf(resolved(before)), revisionOf(resolved(after))];
  expect(first?.id).not.toBe(second?.id);
  expect(of(runtimeAt(resolved(after), first))).toEqual(of(resolved(before)));
  expect(of(runtimeAt(resolved(after), undefined))).toEqual([]);
});

const fetched = (...requested: string[]) => ({
  status: {
    toolchain: {
      releases: requested.map((each) => ({
        requested: each,
        goVersion: `go${each}`,
        artefact: `sum of ${each}`,
        arch: 'amd64',
      })),
    },
  },
});

test('releases that the builder has are mounted by the node plugin, read-only, and not fetched by the pod', () => {
  const runtime = { ...wish({ goVersions: ['1.26.8', '1.25.3'] }), ...fetched('1.25.3', '1.26.8') };
  for (const native of [true, false]) {
    const after = patched(pod(), runtime, native);
    const { containers, initContainers = [], volumes } = after.spec;
    const [sandbox] = [...initContainers, ...containers];
    expect(sandbox.args.slice(-4)).toEqual([
      ...['--goroot', '/opt/gofleet/go1.26.8', '--goroot', '/opt/gofleet/go1.25.3'],
    ]);
    expect(sandbox.volumeMounts.at(-2)).toEqual({
      ...{ name: 'gofleet-sandbox-go-0', mountPath: '/opt/gofleet/go1.26.8', readOnly: true },
    });
    expect(volumes.at(-2)).toEqual({
      name: 'gofleet-sandbox-go-0',
      csi: {
        ...{ driver: 'csi.gofleet.dev', readOnly: true },
        volumeAttributes: { toolchain: 'go1.26.8', artefact: 'sum of 1.26.8' },
      },
    });
    expect(plan(after, runtime, native)).toEqual([]);
    const bare = applyJsonPatch(after, planAdmission(after, [], { sandboxes: cluster }).operations);
    expect(bare).toMatchObject({ spec: pod().spec, metadata: { annotations: {} } });
  }
});

test('a pod that may go where no release can be mounted, or whose releases are not all there, fetches them itself', () => {
  const node = { name: 'a', os: 'linux', labels: {}, hasPlugin: true, imageVolumes: false };
  const runtime = { ...wish({}), ...fetched('1.26.8') };
  const argsOf = (nodes: DeliverableNode[], from = runtime) => {
    const { operations } = planAdmission(pod(), [from], { nodes, sandboxes: cluster });
    return (
      applyJsonPatch(pod(), operations) as ReturnType<typeof patched>
    ).spec.initContainers[0].args.slice(-2);
  };
  expect(argsOf([node])).toEqual(['--goroot', '/opt/gofleet/go1.26.8']);
  expect(argsOf([node, { ...node, name: 'b', hasPlugin: false }])).toEqual(['--install', '1.26.8']);
  expect(argsOf([{ ...node, arch: 'arm64' }])).toEqual(['--install', '1.26.8']);
  expect(argsOf([{ ...node, noexec: 'noexec' }])).toEqual(['--install', '1.26.8']);
  expect(argsOf([node], { ...runtime, ...fetched('1.25.3') })).toEqual(['--install', '1.26.8']);
});

test('a workload is rolled for its sandbox once the builder has its releases, or has said why not', () => {
  const { toolchain } = fetched('1.26.8').status;
  const settled = (status: GoRuntime['status']) =>
    isSettled(pod(), [{ ...wish({}, { mode: 'godebug' }), status: status ?? {} }]);
  expect([
    settled({}),
    settled({ toolchain }),
    settled({ toolchain: fetched('1.25.3').status.toolchain }),
  ]).toEqual([...[false, true, false]]);
  expect(settled({ toolchain: { releases: [{ requested: '1.26.8', problem: 'away' }] } })).toBe(true);
});

test('a workload has its sandbox when its wave has begun; pods that no roll-out reaches at once', () => {
  const of = (workload: string | undefined) =>
    wantInjections(pod(), [effectiveRuntime(wish({}), workload)]).injections.length;
  expect([undefined, 'Job/build', 'Deployment/ci'].map(of)).toEqual([1, 1, 0]);
});

test('a list that an operation before has made is not made again', () => {
  const { volumes: _, ...spec } = pod().spec;
  const before = [
    { op: 'add', path: '/spec/volumes', value: [{ name: 'work' }] },
    { op: 'add', path: '/spec/initContainers', value: [{ name: 'copy' }] },
  ] as const;
  const from = { ...pod(), spec };
  const runtime = wish({});
  const wanted = wantSandbox(from, [runtime]).injection as SandboxInjection;
  const operations = planSandbox(from, wanted, { runtime, cluster, before });
  const paths = operations.map(({ path }) => path);
  expect(paths.slice(0, 2)).toEqual(['/spec/volumes/-', '/spec/volumes/-']);
  expect(paths.at(-1)).toBe('/spec/initContainers/0');
});

test('pods of a wish for a sandbox are sent to the webhook, whatever else is ready', () => {
  expect(isSent(pod(), [wish({})])).toBe(true);
  expect(isSent(pod(), [wish()])).toBe(false);
});

test.each<[string, Partial<PodTemplate['spec']>]>([
  ['a volume gofleet-sandbox-run', { volumes: [{ name: 'work' }, { name: 'gofleet-sandbox-run' }] }],
  ['a volume gofleet-sandbox-go-0', { volumes: [{ name: 'work' }, { name: 'gofleet-sandbox-go-0' }] }],
  [
    'a mount at /run/gofleet-sandbox',
    {
      containers: [
        {
          ...{ name: 'main', image: 'ci' },
          volumeMounts: [
            { name: 'work', mountPath: '/work' },
            { name: 'work', mountPath: '/run/gofleet-sandbox/' },
          ],
        },
      ],
    },
  ],
])('%s of its own keeps the sandbox from a pod, and it is told', (what, spec) => {
  expect(plan(pod(spec), wish({}))).toEqual([]);
  expect(wantInjections(pod(spec), [wish({})]).notes).toEqual([
    { container: 'main', text: `no sandbox: the pod has ${what} of its own; rename it` },
  ]);
});
