import { makeBinary, makeBuild, makeReadyRuntime, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { makeLibraryRuntime, makeObserved } from '@gofleet/testkit/library-maker';
import { expect, test } from 'vitest';
import type { GoRuntime } from '../go-runtime.ts';
import { checkPreflight } from './preflight.ts';
import type { CheckedContainer, CheckedObject, CheckedTemplate, ClusterFacts } from './preflight-input.ts';

const image = 'example.com/operator:v1';
const binary = makeBinary(image);

type Spec = Partial<CheckedTemplate['spec']>;

function makeObject(
  spec: Spec = {},
  {
    container = {},
    more = {},
  }: { container?: Partial<CheckedContainer>; more?: Partial<CheckedObject> } = {},
): CheckedObject {
  const template: CheckedTemplate = {
    metadata: { labels: { app: 'operator' } },
    spec: { containers: [{ name: 'manager', image, ...container }], ...spec },
  };
  return {
    kind: 'Deployment',
    namespace: 'demo',
    name: 'operator',
    template,
    spec: { replicas: 2 },
    ...more,
  };
}

const node: ClusterFacts['nodes'][number] = {
  ...{
    name: 'a',
    pool: 'default',
    os: 'linux',
    arch: 'amd64',
    kernel: '6.1',
    kubelet: 'v1.36.3',
    labels: { disk: 'ssd' },
  },
  ...{
    runtime: 'containerd://2.1.4',
    declaredFeatures: [],
    isReady: true,
    plugin: 'answers',
    canExecute: true,
  },
};
const restricted = { 'security.kubernetes.io/csi-ephemeral-volume-profile': 'restricted' };
const labels = { 'kubernetes.io/metadata.name': 'demo', 'pod-security.kubernetes.io/enforce': 'restricted' };
const cluster: ClusterFacts = {
  ...{
    isInstalled: true,
    driverLabels: restricted,
    nodes: [node],
    podSecurityPolicies: 0,
    webhooks: [],
    selectsByNamespace: true,
  },
  namespace: { labels, quotas: [], limitRanges: [] },
};

interface Case {
  readonly object?: CheckedObject;
  readonly runtimes?: readonly GoRuntime[];
  readonly cluster?: ClusterFacts;
}

/** `severity code` of every finding; each has a message and the line that fixes it. */
function check({ object = makeObject(), runtimes = [makeReadyRuntime(image)], ...more }: Case): string[] {
  const { findings, objects } = checkPreflight({
    ...{ namespace: 'demo', objects: [object], runtimes, isWhole: true },
    ...more,
  });
  const all = [...findings, ...objects.flatMap((each) => each.findings)];
  for (const { message, hint } of all)
    expect([message !== '', hint !== undefined && hint !== '']).toEqual([true, true]);
  return all.map(({ severity, code }) => `${severity} ${code.replace('preflight.', '')}`);
}

const withBuilds = (...builds: ReturnType<typeof makeBuild>[]) =>
  makeRuntime({ status: { binaries: [binary], builds } });

test('nothing stands against a ready wish, with and without a cluster', () => {
  expect(check({})).toEqual([]);
  expect(check({ cluster })).toEqual([]);
});

test('what nobody wishes for is not checked', () => {
  const object = makeObject({}, { container: { imagePullPolicy: 'Always' }, more: { kind: 'Pod' } });
  expect(check({ object, runtimes: [], cluster: { ...cluster, nodes: [] } })).toEqual([]);
});

test('the wish: refused, waiting, contradicted, selecting nothing', () => {
  expect(check({ runtimes: [withBuilds(makeBuild(binary, { phase: 'Failed' }))] })).toContain(
    'error wish-refused',
  );
  expect(check({ runtimes: [withBuilds(makeBuild(binary, { grade: 'claimed' }))] })).toContain(
    'error wish-refused',
  );
  expect(check({ runtimes: [withBuilds(makeBuild(binary, { phase: 'Building' }))] })).toContain('info waits');
  const younger = makeReadyRuntime(image, {
    metadata: { name: 'young', creationTimestamp: '2026-02-01T00:00:00Z' },
  });
  expect(check({ runtimes: [makeReadyRuntime(image), younger] })).toEqual(['warning contradicting-wishes']);
  const idle = makeReadyRuntime(image, {
    metadata: { name: 'idle' },
    spec: { selector: { matchLabels: { a: 'b' } } },
  });
  expect(check({ runtimes: [makeReadyRuntime(image), idle] })).toEqual(['warning selects-nothing']);
});

test('provenance that will hardly reach the wished grade', () => {
  const dirty =
    'path\texample.com/x\nmod\texample.com/x\t(devel)\nbuild\tvcs.modified=true\nbuild\tvcs.revision=abc\n';
  const wish = (buildInfo: string) =>
    makeRuntime({
      status: { binaries: [{ ...binary, buildInfo }], builds: [makeBuild(binary, { phase: 'Queued' })] },
    });
  expect(check({ runtimes: [wish(dirty)] })).toEqual(['warning weak-provenance', 'info waits']);
  const released = 'path\texample.com/x\nmod\texample.com/x\tv1.2.3\th1:abc=\n';
  expect(check({ runtimes: [wish(released)] })).toEqual(['info waits']);
  expect(check({ runtimes: [wish('build\t"')] })).toContain('warning weak-provenance');
});

test.each<[string, Partial<CheckedContainer>, Spec]>([
  ['error wish-refused', { volumeMounts: [{ name: 'v', mountPath: '/' }] }, {}],
  [
    'info noexec-mount',
    { volumeMounts: [{ name: 'v', mountPath: '/data', bindMountOptions: ['noexec'] }] },
    {},
  ],
  ['info read-only-root', { securityContext: { readOnlyRootFilesystem: true } }, {}],
  [
    'warning file-capabilities',
    { securityContext: { runAsUser: 1000, capabilities: { add: ['NET_BIND_SERVICE'] } } },
    {},
  ],
  [
    'warning file-capabilities',
    { securityContext: { capabilities: { add: ['NET_ADMIN'] } } },
    { securityContext: { runAsNonRoot: true } },
  ],
  ['warning moving-image', { imagePullPolicy: 'Always' }, {}],
  ['info shared-processes', {}, { shareProcessNamespace: true }],
  ['info user-namespace', {}, { hostUsers: false }],
])('the pod: %s', (expected, container, spec) => {
  expect(check({ object: makeObject(spec, { container }) })).toEqual([expected]);
});

const tuned = (godebug: object) =>
  makeRuntime({
    spec: { mode: 'godebug', runtime: { goVersion: '>=1.19' }, godebug },
    status: { binaries: [{ ...binary, goVersion: 'go1.26.8' }] },
  });

const sysctls = (...entries: { name: string; value?: string }[]): Spec => ({
  securityContext: { sysctls: entries },
});
const lowPorts = { name: 'net.ipv4.ip_unprivileged_port_start', value: '0' };

test.each<[string[], Spec, Partial<ClusterFacts> | undefined]>([
  [[], sysctls({ name: 'net.ipv4.tcp_syncookies', value: '1' }, lowPorts), undefined],
  [['info unsafe-sysctl'], sysctls({ name: 'net.core.somaxconn', value: '1024' }), undefined],
  [['info unsafe-sysctl'], sysctls({ name: 'kernel/shmmax', value: '1' }, lowPorts), {}],
  [['info unsafe-sysctl'], sysctls(lowPorts), { nodes: [node, { ...node, name: 'b', kubelet: 'v1.21.14' }] }],
  [[], sysctls(lowPorts), { nodes: [{ ...node, kubelet: 'v1.22.0' }] }],
])('sysctls that kubelets may refuse are told, whatever the mode: %j', (expected, spec, more) => {
  const inCluster = more === undefined ? {} : { cluster: { ...cluster, ...more } };
  expect(check({ object: makeObject(spec), ...inCluster })).toEqual(expected);
  expect(check({ object: makeObject(spec), runtimes: [tuned({ gcPercent: '50' })], ...inCluster })).toEqual(
    expected,
  );
});

test.each<[string[], Spec, Partial<CheckedContainer>]>([
  [['warning file-capabilities'], {}, {}],
  [[], sysctls(lowPorts), {}],
  [[], sysctls({ ...lowPorts, value: '80' }), { ports: [{ containerPort: 80 }, { containerPort: 8080 }] }],
  [['warning file-capabilities'], sysctls({ ...lowPorts, value: '443' }), { ports: [{ containerPort: 80 }] }],
  [['warning file-capabilities'], sysctls({ ...lowPorts, value: '80' }), {}],
])('ports that a sysctl opens need no file capability of the executable: %j', (expected, spec, container) => {
  const securityContext = { runAsUser: 1000, capabilities: { add: ['NET_BIND_SERVICE'] } };
  expect(check({ object: makeObject(spec, { container: { ...container, securityContext } }) })).toEqual(
    expected,
  );
});

const readOnly = { securityContext: { readOnlyRootFilesystem: true } };
const mountedAt = (mountPath: string, more: object = {}) => ({
  volumeMounts: [{ name: 'v', mountPath, ...more }],
});
const variables = (values: Record<string, string>) => ({
  env: Object.entries(values).map(([name, value]) => ({ name, value })),
});

test.each<[string[], Partial<CheckedContainer>]>([
  [[], {}],
  [['warning temporary-directory'], readOnly],
  [[], { ...readOnly, ...mountedAt('/tmp') }],
  [[], { ...readOnly, ...mountedAt('/work/'), ...variables({ TMPDIR: '/tmp', GOTMPDIR: '/work/tmp' }) }],
  [['error temporary-directory'], mountedAt('/tmp', { readOnly: true })],
  [['warning temporary-directory', 'info noexec-mount'], mountedAt('/tmp', { bindMountOptions: ['noexec'] })],
  [['warning temporary-directory'], variables({ TMPDIR: '/dev/shm' })],
  [[], { ...variables({ TMPDIR: '/dev/shm/go' }), ...mountedAt('/dev/shm') }],
  [[], { ...readOnly, env: [{ name: 'TMPDIR' }] }],
  [[], { ...readOnly, envFrom: [{ configMapRef: { name: 'c' } }] }],
])('mode toolchain wants a directory to write to and to execute from: %j %j', (expected, container) => {
  const wish = makeReadyRuntime(image, { spec: { mode: 'toolchain' } });
  const found = check({ object: makeObject({}, { container }), runtimes: [wish] });
  expect(found.filter((each) => !/waits|wish-refused/.test(each))).toEqual(expected);
});

test('mode libgo: a library that does not fit, one that is not looked at yet, and a node that cannot mount it', () => {
  const observed = makeObserved(image);
  const library = (more: object, on?: ClusterFacts) =>
    check({
      runtimes: [makeLibraryRuntime([{ ...observed, ...more }])],
      ...(on === undefined ? {} : { cluster: on }),
    });
  expect(library({})).toEqual([]);
  expect(library({}, cluster)).toEqual([]);
  expect(library({ checks: [] })).toEqual(['info waits']);
  const problems = ['the new library lacks fmt.Println'];
  expect(library({ checks: [{ artefact: observed.checks?.[0]?.artefact, problems }] })).toEqual([
    'error wish-refused',
  ]);
  const bare: ClusterFacts = { ...cluster, nodes: [{ ...node, plugin: 'absent' }] };
  expect(library({}, bare)).toContain('error no-plugin');
});

test('an unusual /dev/shm is told of, and that nothing of gofleet needs it; a usual one is not', () => {
  const at = (more: object) => check({ object: makeObject({}, { container: mountedAt('/dev/shm', more) }) });
  expect(at({})).toEqual([]);
  expect(at({ readOnly: true })).toEqual(['info shared-memory']);
  expect(check({ object: makeObject({ hostIPC: true }) })).toEqual(['info shared-memory']);
});

test('capabilities of root, and images that cannot move, are fine', () => {
  const securityContext = { runAsUser: 0, capabilities: { add: ['NET_ADMIN'] } };
  expect(check({ object: makeObject({}, { container: { securityContext } }) })).toEqual([]);
  const pinned = `example.com/operator@sha256:${'0'.repeat(64)}`;
  const object = makeObject({}, { container: { image: pinned, imagePullPolicy: 'Always' } });
  expect(check({ object, runtimes: [makeReadyRuntime(pinned)] })).toEqual([]);
});

test.each<[Partial<CheckedObject>]>([
  [{ kind: 'Pod' }],
  [{ spec: { paused: true } }],
  [{ kind: 'DaemonSet', spec: { updateStrategy: { type: 'OnDelete' } } }],
])('nothing replaces the pods: %j', (more) => {
  expect(check({ object: makeObject({}, { more }) })).toEqual(['warning not-replaced']);
});

test.each<[string, Partial<ClusterFacts>]>([
  ['error not-installed', { isInstalled: false }],
  ['error pod-security', { driverLabels: {} }],
  ['warning pod-security-policies', { podSecurityPolicies: 2 }],
  ['info mutating-webhooks', { webhooks: [{ name: 'istio', kind: 'mutating' }] }],
  ['info validating-webhooks', { webhooks: [{ name: 'kyverno', kind: 'validating' }] }],
  ['error unlabelled-namespace', { namespace: { labels: {}, quotas: [], limitRanges: [] } }],
  ['error old-node', { nodes: [{ ...node, kubelet: 'v1.19.4' }] }],
  ['error no-plugin', { nodes: [node, { ...node, name: 'b', plugin: 'absent', canExecute: 'unknown' }] }],
  ['error noexec-node', { nodes: [{ ...node, canExecute: false, problem: 'EACCES' }] }],
  ['warning silent-plugin', { nodes: [{ ...node, plugin: 'silent', canExecute: 'unknown' }] }],
  ['error no-node', { nodes: [{ ...node, os: 'windows' }] }],
])('the cluster: %s', (expected, more) => {
  expect(check({ cluster: { ...cluster, ...more } })).toEqual([expected]);
});

test('where the webhook goes by the labels of pods alone, the namespace needs none', () => {
  const namespace = { labels: {}, quotas: [], limitRanges: [] };
  expect(check({ cluster: { ...cluster, namespace, selectsByNamespace: false } })).toEqual([]);
});

test('a namespace that does not exist, and a driver that is not there', () => {
  const { namespace: _, driverLabels: __, ...rest } = cluster;
  expect(check({ cluster: rest })).toEqual(['error not-installed', 'error no-namespace']);
});

test('only the nodes that the pods may go to count', () => {
  const bare = {
    ...node,
    name: 'b',
    labels: { disk: 'old' },
    plugin: 'absent',
    canExecute: 'unknown',
  } as const;
  const nodes = [node, bare];
  expect(
    check({ object: makeObject({ nodeSelector: { disk: 'ssd' } }), cluster: { ...cluster, nodes } }),
  ).toEqual([]);
  expect(
    check({ object: makeObject({ nodeSelector: { disk: 'old' } }), cluster: { ...cluster, nodes } }),
  ).toEqual(['error no-plugin']);
  expect(check({ object: makeObject({ nodeSelector: { disk: 'x' } }), cluster })).toEqual(['error no-node']);
});

test('quotas: what a rolling update adds must fit', () => {
  const limited = (hard: Record<string, string>, used: Record<string, string>) => ({
    ...cluster,
    namespace: { labels, quotas: [{ name: 'q', hard, used }], limitRanges: [] },
  });
  expect(check({ cluster: limited({ pods: '2' }, { pods: '2' }) })).toEqual(['error quota']);
  expect(check({ cluster: limited({ pods: '3' }, { pods: '2' }) })).toEqual([]);
  const object = makeObject({}, { container: { resources: { requests: { memory: '1Gi' } } } });
  expect(
    check({ object, cluster: limited({ 'requests.memory': '2Gi' }, { 'requests.memory': '1536Mi' }) }),
  ).toEqual(['error quota']);
  expect(check({ object, cluster: limited({ memory: '3Gi' }, { memory: '2Gi' }) })).toEqual([]);
  const inPlace = makeObject(
    {},
    { more: { spec: { replicas: 2, strategy: { rollingUpdate: { maxSurge: 0 } } } } },
  );
  expect(check({ object: inPlace, cluster: limited({ pods: '2' }, { pods: '2' }) })).toEqual([]);
});

test('mode godebug mounts nothing: nodes, capabilities and file systems do not matter to it', () => {
  const securityContext = {
    runAsUser: 1,
    readOnlyRootFilesystem: true,
    capabilities: { add: ['NET_ADMIN'] },
  };
  const object = makeObject({ hostUsers: false }, { container: { securityContext } });
  const nodes = [{ ...node, plugin: 'absent', canExecute: 'unknown' } as const];
  const runtimes = [tuned({ gcPercent: '50' })];
  expect(check({ object, runtimes, cluster: { ...cluster, nodes } })).toEqual([]);
});

test('mode godebug: unknown keys, and limits that come from a LimitRange', () => {
  expect(check({ runtimes: [tuned({ settings: { nosuch: '1' } })] })).toEqual(['error wish-refused']);
  const ranged = { ...cluster, namespace: { labels, quotas: [], limitRanges: ['defaults'] } };
  expect(check({ runtimes: [tuned({ memoryLimit: {} })], cluster: ranged })).toEqual(['warning limit-range']);
  const object = makeObject({}, { container: { resources: { limits: { memory: '1Gi' } } } });
  expect(check({ object, runtimes: [tuned({ memoryLimit: {} })], cluster: ranged })).toEqual([]);
});

test('a node without the plugin is no obstacle to what comes from a registry, and is told of', () => {
  const nodes = [{ ...node, plugin: 'absent', canExecute: 'unknown' } as const];
  const copied = makeReadyRuntime(image, { spec: { delivery: 'copy' } });
  const builds = copied.status?.builds?.map((build) => ({ ...build, image: 'registry.example/a@sha256:1' }));
  const published = { ...copied, status: { ...copied.status, builds: builds ?? [] } };
  expect(check({ runtimes: [published], cluster: { ...cluster, nodes } })).toEqual(['info unverified-node']);
  expect(check({ runtimes: [copied], cluster: { ...cluster, nodes } })).toContain('error wish-refused');
});

test('errors come first', () => {
  const object = makeObject({ shareProcessNamespace: true }, { container: { imagePullPolicy: 'Always' } });
  const nodes = [{ ...node, canExecute: false }];
  expect(check({ object, cluster: { ...cluster, nodes } })).toEqual([
    'error noexec-node',
    'warning moving-image',
    'info shared-processes',
  ]);
});
