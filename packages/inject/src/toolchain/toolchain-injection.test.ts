import { applyJsonPatch } from '@gofleet/testkit/apply-json-patch';
import { fakeSha256, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { explainInjection } from '../admission/explain-injection.ts';
import { planInjection } from '../admission/plan-injection.ts';
import { type PodContainer, type PodTemplate, parseInjections } from '../admission/pod.ts';
import { isSent } from '../admission/webhook-configuration.ts';
import type { DeliverableNode } from '../delivery/deliverable-node.ts';
import type { GoRuntime } from '../go-runtime.ts';
import { inCluster } from '../in-cluster.ts';
import { isToolchain } from '../injection.ts';
import { fetchedMark, mountableArtefacts, nodesThatLack } from '../rollout/fetched-ahead.ts';
import { isSettled, rolloutValue, sameInjections } from '../rollout/plan-rollout.ts';
import { chooseReleases } from './choose-releases.ts';
import type { ToolchainRelease, ToolchainSpec } from './toolchain.ts';

const image = 'example.com/runner:v1';
const [shim, newer, older] = [fakeSha256('shim'), fakeSha256('1.26.8'), fakeSha256('1.25.3')];
const ready: readonly ToolchainRelease[] = [
  { requested: '1.26.8', goVersion: 'go1.26.8', artefact: newer },
  { requested: '1.25', goVersion: 'go1.25.3', artefact: older },
];
const searchPaths = [{ image, imageId: `${image}@sha256:1`, path: '/usr/local/bin:/usr/bin' }];

function makeWish(
  toolchain: ToolchainSpec = { releases: ['1.25'] },
  status: GoRuntime['status'] = {},
): GoRuntime {
  return makeRuntime({
    spec: { mode: 'toolchain', toolchain },
    status: { toolchain: { shim, releases: ready }, searchPaths, ...status },
  });
}

function makePod(more: Partial<PodContainer> = {}): PodTemplate {
  return {
    metadata: { labels: { app: 'operator' } },
    spec: { containers: [{ name: 'runner', image, ...more }] },
  };
}

const patched = (pod: PodTemplate, ...runtimes: GoRuntime[]): PodTemplate =>
  applyJsonPatch(pod, planInjection(pod, runtimes).operations);
const refusalOf = (pod: PodTemplate, wish: GoRuntime): string | undefined =>
  planInjection(pod, [wish]).refusals[0]?.reason;
const csi = (volumeAttributes: object) => ({
  csi: { driver: inCluster.csiDriver, readOnly: true, volumeAttributes },
});

test('every release, what stands for go, a bounded cache, and PATH that begins with ours', () => {
  const { spec } = patched(makePod(), makeWish());
  const [container] = spec.containers;
  expect(spec.volumes).toEqual([
    { name: 'gofleet-0', ...csi({ toolchain: 'go1.26.8', artefact: newer }) },
    { name: 'gofleet-1', ...csi({ toolchain: 'go1.25.3', artefact: older }) },
    { name: 'gofleet-2', ...csi({ artefact: shim }) },
    { name: 'gofleet-3', emptyDir: { sizeLimit: '4Gi' } },
  ]);
  expect(container?.volumeMounts).toEqual([
    { name: 'gofleet-0', mountPath: '/opt/gofleet/go1.26.8', readOnly: true },
    { name: 'gofleet-1', mountPath: '/opt/gofleet/go1.25.3', readOnly: true },
    { name: 'gofleet-2', mountPath: '/opt/gofleet/bin/go', readOnly: true },
    { name: 'gofleet-2', mountPath: '/opt/gofleet/bin/gofmt', readOnly: true },
    { name: 'gofleet-3', mountPath: '/opt/gofleet/cache' },
  ]);
  expect(container?.env).toEqual([
    { name: 'PATH', value: '/opt/gofleet/bin:/usr/local/bin:/usr/bin' },
    { name: 'GOCACHE', value: '/opt/gofleet/cache/go1.26.8' },
    { name: 'GOTOOLCHAIN', value: 'local' },
    { name: 'GOFLEET_DEFAULT_GO', value: 'go1.26.8' },
  ]);
});

test('asked again nothing changes; without the wish everything of ours goes', () => {
  const own = { volumeMounts: [{ name: 'gofleet-0', mountPath: '/work' }], env: [{ name: 'A', value: 'b' }] };
  const pod = {
    ...makePod(own),
    spec: { ...makePod(own).spec, volumes: [{ name: 'gofleet-0', emptyDir: {} }] },
  };
  const injected = patched(pod, makeWish());
  expect(injected.spec.volumes?.map(({ name }) => name)).toEqual([
    'gofleet-0',
    'gofleet-1',
    'gofleet-2',
    'gofleet-3',
    'gofleet-4',
  ]);
  expect(planInjection(injected, [makeWish()]).operations).toEqual([]);
  const back = patched(injected);
  expect(back.spec).toEqual(pod.spec);
  const fewer = patched(injected, makeWish({}));
  expect(fewer).toEqual(patched(pod, makeWish({})));
});

test('a GOROOT of the image: mounted over with the default release, and PATH need not be known', () => {
  const wish = makeWish({ goRoot: '/usr/local/go', cacheSizeLimit: '512Mi' }, { searchPaths: [] });
  const { spec } = patched(makePod(), wish);
  const [container] = spec.containers;
  expect(container?.volumeMounts?.at(-1)).toEqual({
    name: 'gofleet-0',
    mountPath: '/usr/local/go',
    readOnly: true,
  });
  expect(container?.env?.map(({ name }) => name)).toEqual(['GOCACHE', 'GOTOOLCHAIN', 'GOFLEET_DEFAULT_GO']);
  expect(spec.volumes?.at(-1)).toMatchObject({ emptyDir: { sizeLimit: '512Mi' } });
});

test('PATH that the wish tells goes before what was read', () => {
  const { spec } = patched(makePod(), makeWish({ searchPath: '/bin:/opt/gofleet/bin::/sbin' }));
  expect(spec.containers[0]?.env?.[0]).toEqual({ name: 'PATH', value: '/opt/gofleet/bin:/bin:/sbin' });
});

test("the author's PATH stays: refused unless it begins with ours, or there is a GOROOT", () => {
  const own = makePod({ env: [{ name: 'PATH', value: '/bin' }] });
  expect(refusalOf(own, makeWish())).toBe(
    "PATH: the pod's author set it, and that value stays; begin it with /opt/gofleet/bin, or set spec.toolchain.goRoot",
  );
  const begun = makePod({ env: [{ name: 'PATH', value: '/opt/gofleet/bin:/bin' }] });
  expect(patched(begun, makeWish()).spec.containers[0]?.env).toHaveLength(4);
  const plan = planInjection(own, [makeWish({ goRoot: '/usr/local/go' })]);
  expect([plan.refusals, plan.notes.map(({ text }) => text)]).toEqual([
    [],
    ["PATH: the pod's author set it, and that value stays; begin it with /opt/gofleet/bin"],
  ]);
});

test("the author's GOTOOLCHAIN and GOCACHE stay, also from elsewhere", () => {
  const env = [{ name: 'GOTOOLCHAIN', value: 'auto' }, { name: 'GOCACHE' }];
  const pod = makePod({ env });
  const plan = planInjection(pod, [makeWish()]);
  expect(plan.notes).toHaveLength(2);
  expect(patched(pod, makeWish()).spec.containers[0]?.env?.slice(0, 2)).toEqual(env);
});

test.each(['/opt/gofleet', '/opt', '/', '/opt/gofleet/bin/', '/usr/local/go/src'])(
  "a mount of the pod's own at %s is in the way",
  (mountPath) => {
    const pod = makePod({ volumeMounts: [{ name: 'work', mountPath }] });
    expect(refusalOf(pod, makeWish({ goRoot: '/usr/local/go' }))).toMatch(
      /own mount .* is where Go would be mounted/,
    );
  },
);

test('a pod that may go where its releases do not run, or cannot be mounted, is refused', () => {
  const releases = ready.map((each) => ({ ...each, arch: 'amd64' }));
  const wish = makeWish(undefined, { toolchain: { shim, releases } });
  const node = { name: 'a', os: 'linux', arch: 'amd64', labels: {}, hasPlugin: true, imageVolumes: true };
  const reasonOn = (other: Partial<DeliverableNode>, from = wish) =>
    planInjection(makePod(), [from], [node, { ...node, name: 'b', ...other }]).refusals[0]?.reason;
  expect(reasonOn({})).toBeUndefined();
  expect(reasonOn({ arch: 'arm64' })).toBe(
    'go1.26.8 is for amd64, and the pod may go to b (arm64): give it the nodeSelector kubernetes.io/arch: amd64, and pods for other processors another wish',
  );
  const [absent, noexec] = ['no node plugin runs on b', 'b: mounts are noexec'];
  const keepAway = 'and Go releases come by csi alone: keep the pod from there, by its nodeSelector';
  expect(reasonOn({ hasPlugin: false })).toBe(`${absent}, ${keepAway}`);
  expect(reasonOn({ noexec: 'mounts are noexec' })).toBe(`${noexec}, ${keepAway}`);
  expect(reasonOn({ arch: 'arm64', taints: [{ key: 'x', effect: 'NoSchedule' }] })).toBeUndefined();
  // A builder of before has not noted it.
  expect(reasonOn({ arch: 'arm64' }, makeWish())).toBeUndefined();
});

test('all releases or none: waiting for the builder, or refused with the reason', () => {
  const waiting = makeWish(undefined, { toolchain: { shim, releases: [ready[0] ?? { requested: '' }] } });
  expect(chooseReleases(waiting)).toEqual({ waitsFor: 'the builder to fetch Go 1.25' });
  expect([isSent(makePod(), [waiting]), isSettled(makePod(), [waiting])]).toEqual([false, false]);
  const releases = [...ready.slice(0, 1), { requested: '1.25', problem: 'no such release' }];
  const failed = makeWish(undefined, { toolchain: { shim, releases } });
  expect(explainInjection(makePod(), [failed]).containers[0]).toMatchObject({
    outcome: 'refused',
    reasons: ['Go 1.25: no such release'],
  });
  expect(isSettled(makePod(), [failed])).toBe(true);
});

test('PATH that nobody has read yet is waited for, in words', () => {
  const wish = makeWish(undefined, { searchPaths: [] });
  expect(explainInjection(makePod(), [wish]).containers[0]).toMatchObject({
    outcome: 'waiting',
    reasons: [`waits for a node to read PATH in a container of ${image}`],
  });
  expect(explainInjection(makePod(), [makeWish()]).containers[0]).toMatchObject({
    outcome: 'injected',
    reasons: ['go1.26.8, go1.25.3 are mounted below /opt/gofleet'],
  });
});

test('a roll-out tells other releases apart, and waits for nodes that lack one', () => {
  const [wish, other] = [makeWish(), makeWish({})];
  const [one, two] = [wish, other].map((each) => planInjection(makePod(), [each]).injections);
  expect(sameInjections(one ?? [], two ?? [])).toBe(false);
  expect(rolloutValue(one ?? [])).toMatch(/^go1\.26\.8@[0-9a-f]{12}$/);
  const all = mountableArtefacts(wish?.status);
  const nodes = [
    { node: 'a', fetched: fetchedMark([shim, newer]) },
    { node: 'b', fetched: fetchedMark(all) },
  ];
  expect(all).toHaveLength(3);
  expect(nodesThatLack(one ?? [], [makeWish(undefined, { nodes })])).toEqual(['a']);
});

test('an annotation that anybody wrote makes nothing ours', () => {
  const [noted] = planInjection(makePod(), [makeWish()]).injections;
  const annotations = {
    [inCluster.injectedAnnotation]: JSON.stringify([{ ...noted, environment: { HOME: '/x' } }]),
  };
  const pod = { ...makePod({ env: [{ name: 'HOME', value: '/x' }] }), metadata: { annotations } };
  expect(parseInjections(annotations).filter(isToolchain)).toHaveLength(1);
  expect(patched(pod).spec.containers[0]?.env).toEqual([{ name: 'HOME', value: '/x' }]);
  for (const broken of [
    { ...noted, releases: 'x' },
    { ...noted, environment: null },
  ])
    expect(parseInjections({ [inCluster.injectedAnnotation]: JSON.stringify([broken]) })).toEqual([]);
});
