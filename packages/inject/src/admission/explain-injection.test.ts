import {
  fakeSha256,
  makeBinary,
  makeBuild,
  makeReadyRuntime,
  makeRuntime,
} from '@gofleet/testkit/go-runtime-maker';
import { makeLibraryRuntime, makeObserved } from '@gofleet/testkit/library-maker';
import { expect, test } from 'vitest';
import type { GoRuntime } from '../go-runtime.ts';
import type { ObservedLibrary } from '../library/library.ts';
import { explainInjection } from './explain-injection.ts';
import type { PodTemplate } from './pod.ts';

const image = 'example.com/operator:v1';
const binary = makeBinary(image);
const older = makeBuild(binary, { goVersion: 'go1.25.1', artefact: 'b'.repeat(64) });

function makePod(more: Partial<PodTemplate['spec']> = {}, labels: Record<string, string> = {}): PodTemplate {
  return {
    metadata: { labels: { app: 'operator', ...labels } },
    spec: { containers: [{ name: 'manager', image }], ...more },
  };
}

function explain(runtimes: readonly GoRuntime[], pod = makePod()): string {
  const [first] = explainInjection(pod, runtimes).containers;
  return `${first?.runtime ?? '-'} ${first?.outcome}: ${first?.reasons.join('; ')}`;
}

const withBuilds = (...builds: ReturnType<typeof makeBuild>[]) =>
  makeRuntime({ status: { binaries: [binary], builds } });

test('injected: what is mounted over what, and how well the original is known', () => {
  const explanation = explainInjection(makePod(), [makeReadyRuntime(image)]);
  expect(explanation).toMatchObject({ isSent: true, operations: { length: 3 } });
  expect(explain([makeReadyRuntime(image)])).toBe(
    'operator injected: go1.26.8 is mounted over /manager in place of go1.21.5 (original proven)',
  );
});

test('unchanged: nothing wishes for it', () => {
  const runtime = makeReadyRuntime(image);
  expect(explain([])).toBe('- unchanged: there is no GoRuntime in its namespace');
  expect(explain([runtime], makePod({}, { app: 'x' }))).toBe(
    "- unchanged: no GoRuntime selects the pod's labels",
  );
  expect(explain([runtime], makePod({}, { 'gofleet.dev/inject': 'false' }))).toMatch(/opts out/);
  expect(explain([runtime], makePod({ os: { name: 'windows' } }))).toMatch(/the pod is for windows$/);
  expect(explain([makeReadyRuntime(image, { spec: { containers: ['other'] } })])).toBe(
    '- unchanged: manager is not among the containers that are wished for: operator (other)',
  );
  const leaving = makeReadyRuntime(image, { metadata: { deletionTimestamp: '2026-01-02T00:00:00Z' } });
  expect(explain([leaving])).toBe('- unchanged: GoRuntime operator is being deleted');
});

test('unchanged: the image has the wished release by itself', () => {
  const same = makeRuntime({ status: { binaries: [{ ...binary, goVersion: 'go1.26.8' }] } });
  expect(explain([same])).toBe('operator unchanged: /manager is built by go1.26.8 already');
});

test('waiting: for the builder, for a node, for a relink; what is mounted until then', () => {
  const { status: _, ...unresolved } = makeRuntime();
  expect(explain([{ ...unresolved, status: { binaries: [binary] } }])).toBe(
    'operator waiting: GoRuntime operator: Go 1.26.8 is not resolved yet',
  );
  expect(explain([makeRuntime()])).toBe(`operator waiting: no Go program was observed in ${image} yet`);
  expect(explain([withBuilds()])).toBe('operator waiting: /manager: waits for the relink to go1.26.8');
  expect(explain([withBuilds(makeBuild(binary, { phase: 'Building' }), older)])).toBe(
    'operator waiting: /manager: is being relinked to go1.26.8; until then go1.25.1 is mounted',
  );
});

test('refused: no such release, a failed relink, weak evidence, a mount of the pod in the way', () => {
  const problem = { resolution: { requested: '1.26.8', problem: 'no such release' } };
  expect(explain([makeRuntime({ status: { ...problem, binaries: [binary] } })])).toBe(
    'operator refused: no such release',
  );
  const failed = makeBuild(binary, { phase: 'Failed', message: 'undefined: x' });
  expect(explain([withBuilds(failed)])).toBe('operator refused: /manager: undefined: x');
  expect(explain([withBuilds(makeBuild(binary, { grade: 'claimed' }))])).toMatch(/refused: .*"claimed"/);
  const containers = [{ name: 'manager', image, volumeMounts: [{ name: 'own', mountPath: '/' }] }];
  expect(explain([makeReadyRuntime(image)], makePod({ containers }))).toBe(
    "operator refused: /manager lies in the pod's own mount /",
  );
});

test('mode libgo: what is mounted where, waited for, refused, or there already', () => {
  const observed = makeObserved(image);
  const name = 'libgo.so.21-6e6578740000';
  const library = (more: Partial<ObservedLibrary> = {}): string =>
    explain([makeLibraryRuntime([{ ...observed, ...more }])]);
  expect(library()).toBe(`operator injected: ${name} is mounted over /usr/lib/libgo.so.21.0.0`);
  expect(library({ checks: [] })).toBe(
    `operator waiting: waits for a node to look whether ${name} fits /program`,
  );
  const check = { artefact: fakeSha256('next'), problems: ['the new library lacks fmt.Println'] };
  expect(library({ checks: [check] })).toBe(
    `operator refused: ${name} does not fit /program: the new library lacks fmt.Println`,
  );
  expect(library({ sha256: fakeSha256('next') })).toMatch(/^operator unchanged: .* already$/);
  const noted = { artefact: fakeSha256('next'), problems: [], notes: ['the new library needs libz.so.1'] };
  expect(library({ checks: [noted] })).toMatch(/^operator injected: .*; the new library needs libz\.so\.1$/);
});

test('init containers are named, and left alone', () => {
  const { containers } = explainInjection(makePod({ initContainers: [{ name: 'init', image }] }), [
    makeReadyRuntime(image),
  ]);
  expect(containers.map(({ container, outcome }) => [container, outcome])).toEqual([
    ['init', 'unchanged'],
    ['manager', 'injected'],
  ]);
});

test('of contradictory wishes the older decides, and the younger is named', () => {
  const younger = makeReadyRuntime(image, {
    metadata: { name: 'young', creationTimestamp: '2026-02-01T00:00:00Z' },
  });
  const [first] = explainInjection(makePod(), [younger, makeReadyRuntime(image)]).containers;
  expect(first).toMatchObject({ runtime: 'operator', overruled: ['young'] });
});

test('a pod that carries an injection and that no wish selects is not sent, and stays as it is', () => {
  const annotations = { 'gofleet.dev/injected': '[]' };
  const pod = { ...makePod(), metadata: { annotations } };
  expect(explainInjection(pod, [makeReadyRuntime(image)])).toMatchObject({ isSent: false, operations: [] });
});
