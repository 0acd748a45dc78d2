import { applyJsonPatch } from '@gofleet/testkit/apply-json-patch';
import { makeBinary, makeReadyRuntime, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GodebugSpec, GoRuntime } from '../go-runtime.ts';
import { inCluster } from '../in-cluster.ts';
import { isSettled, rolloutValue, sameInjections } from '../rollout/plan-rollout.ts';
import { explainInjection } from './explain-injection.ts';
import { planInjection } from './plan-injection.ts';
import { type PodContainer, type PodTemplate, parseInjections } from './pod.ts';
import { isSent } from './webhook-configuration.ts';

const image = 'example.com/operator:v1';
const limits = { memory: '1Gi', cpu: '2' };

function makeWish(godebug: GodebugSpec, goVersion = 'go1.26.8'): GoRuntime {
  return makeRuntime({
    spec: { mode: 'godebug', runtime: { goVersion: '>=1.19' }, godebug },
    status: { binaries: [makeBinary(image, { goVersion })] },
  });
}

const wish = makeWish({ settings: { asyncpreemptoff: '1' }, memoryLimit: {} });

function makePod(more: Partial<PodContainer> = {}): PodTemplate {
  return {
    metadata: { labels: { app: 'operator' } },
    spec: { containers: [{ name: 'manager', image, resources: { limits }, ...more }] },
  };
}

const patched = (pod: PodTemplate, ...runtimes: GoRuntime[]): PodTemplate =>
  applyJsonPatch(pod, planInjection(pod, runtimes).operations);

test('variables and a note; no volume, no mount', () => {
  const { operations } = planInjection(makePod(), [wish]);
  expect(operations).toEqual([
    { op: 'add', path: '/spec/containers/0/env', value: [{ name: 'GODEBUG', value: 'asyncpreemptoff=1' }] },
    { op: 'add', path: '/spec/containers/0/env/-', value: { name: 'GOMEMLIMIT', value: '966367641' } },
    {
      op: 'add',
      path: '/metadata/annotations',
      value: { [inCluster.injectedAnnotation]: expect.any(String) },
    },
  ]);
  expect(isSent(makePod(), [wish])).toBe(true);
});

test("the author's own value stays, whatever it is from", () => {
  for (const own of [
    { name: 'GODEBUG', value: 'gctrace=1' },
    { name: 'GODEBUG', valueFrom: {} },
  ]) {
    const pod = patched(makePod({ env: [own] }), wish);
    expect(pod.spec.containers[0]?.env).toEqual([own, { name: 'GOMEMLIMIT', value: '966367641' }]);
    expect(planInjection(pod, [wish]).operations).toEqual([]);
  }
  const explained = explainInjection(makePod({ env: [{ name: 'GODEBUG', value: 'x=1' }] }), [wish]);
  expect(explained.containers[0]).toMatchObject({
    outcome: 'injected',
    reasons: ['go1.26.8 gets GOMEMLIMIT=966367641', "GODEBUG: the pod's author set it, and that value stays"],
  });
});

test('a key that the Go inside does not know: nothing is set, and the reason is told', () => {
  const unknown = makeWish({ settings: { asyncpremptoff: '1' }, memoryLimit: {} });
  expect(planInjection(makePod(), [unknown]).operations).toEqual([]);
  expect(explainInjection(makePod(), [unknown]).containers[0]).toMatchObject({
    outcome: 'refused',
    reasons: [expect.stringMatching(/^\/manager: asyncpremptoff is no setting/)],
  });
});

test('until a program was observed nothing is sent; what an older wish relinks is left to it', () => {
  const { status: _, ...unseen } = wish;
  expect(isSent(makePod(), [unseen])).toBe(false);
  expect(explainInjection(makePod(), [unseen]).containers[0]?.outcome).toBe('waiting');
  const relinking = makeReadyRuntime(image, {
    metadata: { name: 'a', creationTimestamp: '2025-01-01T00:00:00Z' },
  });
  const { injections } = planInjection(makePod(), [wish, relinking]);
  expect(injections).toMatchObject([{ artefact: expect.any(String), runtime: 'a' }]);
});

test('of several programs in an image the oldest decides', () => {
  const binaries = ['go1.26.8', 'go1.24.3'].map((goVersion, at) =>
    makeBinary(image, { goVersion, path: `/${at}` }),
  );
  const mixed = { ...makeWish({ maxProcs: 'FromLimit' }), status: { binaries } };
  expect(planInjection(makePod(), [mixed]).injections).toMatchObject([
    { path: '/1', goVersion: 'go1.24.3', variables: { GOMAXPROCS: '2' } },
  ]);
});

test('a changed wish and a gone one leave nothing of the wish before', () => {
  const once = patched(makePod({ env: [{ name: 'A', value: 'b' }] }), wish);
  const twice = patched(once, makeWish({ gcPercent: '50' }));
  expect(twice.spec.containers[0]?.env).toEqual([
    { name: 'A', value: 'b' },
    { name: 'GOGC', value: '50' },
  ]);
  expect(patched(twice).spec.containers[0]?.env).toEqual([{ name: 'A', value: 'b' }]);
  expect(patched(twice).metadata?.annotations).toEqual({});
});

test('an annotation that claims other variables takes none of them away', () => {
  const env = [{ name: 'PATH', value: '/bin' }];
  const forged = [
    { ...planInjection(makePod(), [wish]).injections[0], variables: { PATH: '/bin', GOGC: 7 } },
  ];
  const annotations = { [inCluster.injectedAnnotation]: JSON.stringify(forged) };
  const pod = { ...makePod({ env }), metadata: { labels: { app: 'operator' }, annotations } };
  expect(patched(pod).spec.containers[0]?.env).toEqual(env);
  expect(patched(pod, wish).spec.containers[0]?.env?.slice(0, 1)).toEqual(env);
});

test('a roll-out has a value of its own per set of variables, and waits for no build', () => {
  const [a, b] = [wish, makeWish({ gcPercent: '50' })].map(
    (each) => planInjection(makePod(), [each]).injections,
  );
  expect(rolloutValue(a ?? [])).toMatch(/^go1\.26\.8@[0-9a-f]{12}$/);
  expect(rolloutValue(a ?? [])).not.toBe(rolloutValue(b ?? []));
  expect([sameInjections(a ?? [], a ?? []), sameInjections(a ?? [], b ?? [])]).toEqual([true, false]);
  expect(isSettled(makePod(), [wish])).toBe(true);
});

test('for any environment: only ours is added, asked again changes nothing, and taking it back restores the rest', () => {
  const names = fc.constantFrom('A', 'GODEBUG', 'GOGC', 'GOMEMLIMIT', 'GOMAXPROCS', 'PATH');
  const entry = fc.record(
    { name: names, value: fc.constantFrom('1', 'asyncpreemptoff=1', '966367641') },
    { requiredKeys: ['name'] },
  );
  const environments = fc.uniqueArray(entry, { selector: ({ name }) => name });
  fc.assert(
    fc.property(environments, fc.boolean(), (env, isAbsent) => {
      const pod = makePod(isAbsent ? {} : { env });
      const own = isAbsent ? [] : env;
      const after = patched(pod, wish);
      expect(after.spec.containers[0]?.env?.slice(0, own.length) ?? []).toEqual(own);
      expect(parseInjections(after.metadata?.annotations)).toEqual(planInjection(pod, [wish]).injections);
      expect(planInjection(after, [wish]).operations).toEqual([]);
      expect(patched(after).spec.containers[0]?.env ?? []).toEqual(own);
    }),
  );
});

test('a memory limit that is followed: kubelet tells it, and both variables go together', () => {
  const following = makeWish({ memoryLimit: { evaluate: 'AtStart' } });
  const told = {
    name: 'GOFLEET_MEMORY_LIMIT_MIB',
    valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } },
  };
  const author = { name: 'A', value: 'b' };
  const pod = patched(makePod({ env: [author] }), following);
  const follows = { name: 'GOMEMLIMIT', value: '$(GOFLEET_MEMORY_LIMIT_MIB)000000' };
  expect(pod.spec.containers[0]?.env).toEqual([author, told, follows]);
  expect(planInjection(pod, [following]).operations).toEqual([]);
  expect(patched(pod, wish).spec.containers[0]?.env).not.toContainEqual(told);
  expect(patched(pod).spec.containers[0]?.env).toEqual([author]);
  const limitless = planInjection(makePod({ resources: {} }), [following]);
  expect(limitless.injections).toEqual([]);
});
