import type { Injection } from '@gofleet/inject/injection';
import { planInjection } from '@gofleet/inject/plan-injection';
import type { PodTemplate } from '@gofleet/inject/pod';
import { applyJsonPatch } from '@gofleet/testkit/apply-json-patch';
import { makeReadyRuntime } from '@gofleet/testkit/go-runtime-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isReady } from '../gate/pod-sampler.ts';
import { copierTrouble, type Pod, stripPod } from './pod.ts';

const makePod = (more: Partial<Pod['spec']>, status: Pod['status'] = {}): Pod => ({
  metadata: { name: 'a', namespace: 'demo' },
  spec: { containers: [{ name: 'main' }], ...more },
  status,
});

test('of a command no value of an argument is kept, of volumes and init containers only what may be ours', () => {
  const { spec } = stripPod(
    makePod({
      containers: [{ name: 'main', command: ['/app', '--password=secret'] }],
      volumes: [
        { name: 'gofleet-0', emptyDir: { sizeLimit: '1Mi' } },
        { name: 'gofleet-1', image: { reference: 'a@sha256:1' } },
        { name: 'own', emptyDir: {} },
        { name: 'gofleet-2', csi: { driver: 'other.example' } },
      ],
      initContainers: [{ name: 'gofleet-0', image: 'a@sha256:1' }, { name: 'own' }],
    }),
  );
  expect(JSON.stringify(spec)).not.toContain('secret');
  expect(spec.containers[0]?.command).toEqual(['/app', '--password']);
  expect(spec.volumes?.map(({ name }) => name)).toEqual(['gofleet-0', 'gofleet-1']);
  expect(spec.initContainers).toEqual([{ name: 'gofleet-0', image: 'a@sha256:1' }]);
});

test.each([
  [{ waiting: { reason: 'ErrImagePull' } }, /gofleet-0 could not copy the artefact: ErrImagePull$/],
  [{ terminated: { reason: 'Error', exitCode: 28 } }, /Error, exit code 28: no space is left on the node$/],
  [{ terminated: { reason: 'Completed', exitCode: 0 } }, undefined],
  [{ waiting: { reason: 'PodInitializing' } }, undefined],
])('a copier in the state %j', (state, expected) => {
  const pod = stripPod(makePod({}, { initContainerStatuses: [{ name: 'gofleet-0', state }] }));
  const trouble = copierTrouble(pod);
  if (expected === undefined) expect(trouble).toBeUndefined();
  else expect(trouble).toMatch(expected);
});

const image = 'example.com/operator:v1';
const understands = { maxConcurrentReconciles: '--concurrency', priorityQueue: 'env:QUEUE' } as const;
const switches = { maxConcurrentReconciles: { value: 5 }, priorityQueue: true, understands };
const runtime = makeReadyRuntime(image, { spec: { switches } });

const argument = fc.constantFrom(
  '--token=hunter2',
  '-concurrency',
  '2',
  '--',
  '-c',
  '/bin/sh',
  'serve',
  '--concurrency=5',
);
const texts = fc.option(fc.array(argument, { maxLength: 4 }), { nil: undefined });
const container = fc.record(
  {
    command: texts,
    args: texts,
    env: fc.uniqueArray(
      fc.constantFrom(
        { name: 'QUEUE', value: 'no' },
        { name: 'TOKEN', value: 'hunter2' },
        { name: 'GOGC', value: '1' },
      ),
      { selector: ({ name }) => name },
    ),
  },
  { requiredKeys: [] },
);

function injectionsOf(pod: PodTemplate): readonly Injection[] {
  return planInjection(pod, [runtime]).injections;
}

test('a stripped pod is wished what the whole pod is, before and after it was injected, and keeps no secret', () => {
  fc.assert(
    fc.property(container, fc.constantFrom(0, 70_000, 261_900), (more, bytes) => {
      const fields = Object.entries(more).filter(([, value]) => value !== undefined);
      const whole = {
        metadata: { name: 'p', labels: { app: 'operator' }, annotations: { own: 'x'.repeat(bytes) } },
        spec: { containers: [{ name: 'manager', image, ...Object.fromEntries(fields) }] },
      } as Pod;
      const injected = applyJsonPatch(whole, planInjection(whole, [runtime]).operations) as Pod;
      for (const pod of [whole, injected]) {
        const stripped = stripPod(pod);
        expect(injectionsOf(stripped)).toEqual(injectionsOf(whole));
        expect(JSON.stringify(stripped)).not.toContain('hunter2');
      }
    }),
  );
});

test('what gates and budgets ask of a pod is kept', () => {
  const status = {
    podIP: '10.0.0.7',
    containerStatuses: [{ name: 'manager', ready: true, restartCount: 2 }],
  };
  const spec = { containers: [{ name: 'manager' }], hostNetwork: true };
  const pod = stripPod({ metadata: { name: 'a', namespace: 'demo' }, spec, status });
  expect(pod.status).toEqual(status);
  expect(pod.spec.hostNetwork).toBe(true);
  expect(isReady(pod)).toBe(true);
});

test('a pod that is told which build it is needs nothing more when it is looked at stripped', () => {
  const { binaries = [], builds = [] } = makeReadyRuntime(image).status ?? {};
  const told = makeReadyRuntime(image, {
    spec: { identity: { environment: true } },
    status: { binaries, builds: builds.map((build) => ({ ...build, buildId: 'q/r/s/t' })) },
  });
  const pod: Pod = {
    metadata: { name: 'a', namespace: 'demo', labels: { app: 'operator' } },
    spec: { containers: [{ name: 'manager', image, env: [{ name: 'OTHER', value: 'secret' }] }] },
  };
  const injected: Pod = applyJsonPatch(pod, planInjection(pod, [told]).operations);
  const stripped = stripPod(injected);
  expect(JSON.stringify(stripped)).not.toContain('secret');
  expect(planInjection(stripped, [told])).toMatchObject({ operations: [], notes: [] });
});

test('of the metadata what decisions need is kept, of a state not since when it is', () => {
  const metadata = {
    ...{ name: 'a', namespace: 'demo', uid: 'u', resourceVersion: '7', labels: { app: 'cart' } },
    ...{ creationTimestamp: '2026-01-01T00:00:00Z', deletionTimestamp: '2026-01-02T00:00:00Z' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'r', controller: true }],
  };
  const at = { startedAt: '2026-01-01T00:00:00Z', containerID: 'c' };
  const terminated = { exitCode: 3, reason: 'Error' };
  const status = (more: object) => ({
    containerStatuses: [
      {
        name: 'main',
        state: { running: { ...more } },
        lastState: { terminated: { ...terminated, ...more } },
      },
    ],
  });
  const whole = { ...metadata, generateName: 'a-', generation: 3, finalizers: ['x'], selfLink: '/a' };
  const pod = stripPod({ metadata: whole, spec: { containers: [] }, status: status(at) });
  expect(pod.metadata).toEqual({ ...metadata, annotations: {} });
  expect(pod.status).toEqual(status({}));
});

test('of affinities what a pod requires of its node is kept', () => {
  const required = {
    nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }],
  };
  const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: required };
  const affinity = { nodeAffinity: { ...nodeAffinity, preferredDuringSchedulingIgnoredDuringExecution: [] } };
  expect(stripPod(makePod({ affinity } as object)).spec.affinity).toEqual({ nodeAffinity });
  expect(stripPod(makePod({ affinity: {} })).spec).not.toHaveProperty('affinity');
});

test.each([[{ readOnly: true }], [{ subPath: 'src' }], [{ subPathExpr: '$(TEAM)' }]])(
  'of mounts what a sandbox goes by is kept: %j',
  (more) => {
    const wish = makeReadyRuntime(image, { spec: { sandbox: { volume: 'work' } } });
    const mount = { name: 'work', mountPath: '/work' };
    const containers = [{}, more].map((each, index) => ({
      name: `c${index}`,
      volumeMounts: [{ ...mount, ...each }],
    }));
    const pod = { ...makePod({ containers }), metadata: { name: 'a', labels: { app: 'operator' } } } as Pod;
    const { injections, notes } = planInjection(pod, [wish]);
    expect(notes.map(({ container }) => container)).toEqual(['c1']);
    expect(planInjection(stripPod(pod), [wish])).toMatchObject({ injections, notes });
  },
);
