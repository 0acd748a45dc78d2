import { applyJsonPatch } from '@gofleet/testkit/apply-json-patch';
import { makeBinary, makeBuild, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GoRuntimeSpec, SwitchesSpec } from '../go-runtime.ts';
import { understandsAnnotation } from '../operators/understands.ts';
import { explainInjection } from './explain-injection.ts';
import { planInjection } from './plan-injection.ts';
import type { PodContainer, PodTemplate } from './pod.ts';

const image = 'example.com/operator:v1';
const buildInfo =
  'path\texample.com/operator\ndep\tk8s.io/client-go\tv0.33.0\th1:x=\ndep\tsigs.k8s.io/controller-runtime\tv0.21.0\th1:x=\n';
const binary = makeBinary(image, { goVersion: 'go1.24.3', buildInfo });
const flag = '--max-concurrent-reconciles';
const five: SwitchesSpec = { maxConcurrentReconciles: { value: 5 } };

function wish(switches: SwitchesSpec, spec: Partial<GoRuntimeSpec> = {}, isReady = true) {
  const builds = isReady ? [makeBuild(binary)] : [];
  return makeRuntime({ spec: { switches, ...spec }, status: { binaries: [binary], builds, ...resolved } });
}
const resolved = { resolution: { requested: '1.26.8', goVersion: 'go1.26.8' } };
const tuned = { mode: 'godebug', runtime: { goVersion: '>=1.13' } } as const;

function pod(container: Partial<PodContainer> = {}, understands?: string): PodTemplate {
  const annotations = understands === undefined ? {} : { [understandsAnnotation]: understands };
  return {
    metadata: { labels: { app: 'operator' }, annotations },
    spec: { containers: [{ name: 'manager', image, args: ['--leader-elect'], ...container }] },
  };
}

function inject(template: PodTemplate, runtime = wish(five)) {
  const plan = planInjection(template, [runtime]);
  const patched = applyJsonPatch(template, plan.operations) as PodTemplate;
  return {
    ...plan,
    patched,
    container: patched.spec.containers[0],
    notes: plan.notes.map(({ text }) => text),
  };
}
const declared = `maxConcurrentReconciles=${flag}`;

test('an operator that nobody declared gets nothing, and the reason is told', () => {
  const { container, notes } = inject(pod());
  expect(container?.args).toEqual(['--leader-elect']);
  expect(notes).toEqual([
    'maxConcurrentReconciles: nobody declared that the operator understands it (gofleet.dev/understands)',
  ]);
});

test.each([
  ['relink', {}],
  ['godebug', tuned],
])('mode %s: a declared flag is appended, a declared variable is set', (_, spec) => {
  const viaSpec = wish({ ...five, understands: { maxConcurrentReconciles: 'env:CONCURRENCY' } }, spec);
  expect(inject(pod({}, declared), wish(five, spec)).container?.args).toEqual([
    '--leader-elect',
    `${flag}=5`,
  ]);
  expect(inject(pod(), viaSpec).container?.env).toEqual([{ name: 'CONCURRENCY', value: '5' }]);
  expect(inject(pod({}, declared), viaSpec).container?.args).toEqual(['--leader-elect', `${flag}=5`]);
});

test('a switch waits for the Go that it is meant for', () => {
  expect(inject(pod({}, declared), wish(five, {}, false)).injections).toEqual([]);
  const late = wish({ maxConcurrentReconciles: { value: 5, goVersion: '>=1.25' } }, tuned);
  expect(inject(pod({}, declared), late).notes).toEqual([
    'maxConcurrentReconciles: go1.24.3 does not meet >=1.25',
  ]);
});

test.each<[string, Partial<PodContainer>, RegExp]>([
  ['a flag that the author set', { args: ['-max-concurrent-reconciles', '2'] }, /the pod's author set --max/],
  ['the same in its command', { command: ['/manager', `${flag}=2`] }, /the pod's author set --max/],
  ['arguments of the image', { args: undefined as never }, /would replace those of its image/],
  ['a shell script', { command: ['/bin/sh', '-c', 'exec /manager'] }, /shell script/],
  ['the end of flags', { args: ['--', 'x'] }, /end with --/],
])('%s: nothing is appended', (_, container, note) => {
  const { injections, notes } = inject(pod(container, declared));
  expect(injections.filter((each) => 'arguments' in each)).toEqual([]);
  expect(notes).toContainEqual(expect.stringMatching(note));
});

test('priority queue, feature gates and the features of client-go', () => {
  const understands = { priorityQueue: '--priority-queue', featureGates: '--feature-gates' };
  const runtime = wish({
    ...{ understands, priorityQueue: true, featureGates: { B: false, A: true } },
    clientFeatures: { WatchListClient: true, AtomicFIFO: true, Invented: true },
  });
  const { container, notes } = inject(pod(), runtime);
  expect(container?.args?.slice(1)).toEqual(['--priority-queue=true', '--feature-gates=A=true,B=false']);
  expect(container?.env).toEqual([{ name: 'KUBE_FEATURE_WatchListClient', value: 'true' }]);
  expect(notes).toEqual([
    'AtomicFIFO: client-go v0.33.0 has no such feature, v0.36 brought it',
    'Invented: no client-go has this feature',
  ]);
});

test('admission is idempotent, and takes back what it told', () => {
  const both = wish({ ...five, clientFeatures: { WatchListClient: true } }, tuned);
  const { patched } = inject(pod({}, declared), both);
  expect(planInjection(patched, [both]).operations).toEqual([]);
  const gone = planInjection(patched, [wish({}, tuned)]);
  const back = applyJsonPatch(patched, gone.operations) as PodTemplate;
  expect(back.spec.containers[0]).toMatchObject({ args: ['--leader-elect'], env: [] });
});

test('gofleet inject tells it', () => {
  const [told] = explainInjection(pod({}, declared), [wish(five, tuned)]).containers;
  expect(told).toMatchObject({ outcome: 'injected', reasons: [`the operator is told ${flag}=5`] });
});

test('hostile metadata: any annotation gives a pod whose own arguments are all there', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom(declared, 'maxConcurrentReconciles=env:LD_PRELOAD', 'a=b,,=,'),
  );
  const injected = fc.oneof(fc.string(), fc.json(), fc.constant('[{"arguments":["--leader-elect"]}]'));
  fc.assert(
    fc.property(text, injected, fc.string(), (understands, annotation, label) => {
      const template = pod({}, understands);
      const annotations = { ...template.metadata?.annotations, 'gofleet.dev/injected': annotation };
      const hostile = { ...template, metadata: { labels: { app: 'operator', x: label }, annotations } };
      const { container } = inject(hostile as PodTemplate);
      expect(container?.args?.[0]).toBe('--leader-elect');
      expect((container?.args ?? []).slice(1).every((each) => each === `${flag}=5`)).toBe(true);
      expect((container?.env ?? []).map(({ name }) => name)).toEqual([]);
    }),
  );
});
