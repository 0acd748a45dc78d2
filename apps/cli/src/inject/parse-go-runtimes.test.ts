import { isGofleetError } from '@gofleet/base/errors';
import { makeReadyRuntime } from '@gofleet/testkit/go-runtime-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseGoRuntimes } from './parse-go-runtimes.ts';

const parse = (...values: unknown[]) =>
  parseGoRuntimes(
    values.map((value) => ({ source: 'wish.yaml', value })),
    'demo',
  );
const minimal = {
  apiVersion: 'gofleet.dev/v1alpha1',
  kind: 'GoRuntime',
  metadata: { name: 'w' },
  spec: { selector: { matchLabels: { app: 'x' } }, runtime: { goVersion: '1.26' } },
};

test('a wish as its author writes it gets the defaults of the CRD, and the namespace', () => {
  expect(parse(minimal)[0]).toMatchObject({
    metadata: { name: 'w', namespace: 'demo' },
    spec: {
      mode: 'relink',
      minimumGrade: 'compiled-equal',
      rollout: { strategy: 'Automatic', pauseSeconds: 0 },
    },
  });
});

test('what "kubectl get -o yaml" prints is taken as it is, lists too', () => {
  const runtime = makeReadyRuntime('example.com/operator:v1');
  const { spec, ...rest } = runtime;
  expect(
    parse(runtime, { kind: 'ConfigMap' }, { apiVersion: 'v1', kind: 'List', items: [runtime] }),
  ).toMatchObject([
    { ...rest, spec },
    { ...rest, spec },
  ]);
  const { apiVersion: _, kind: __, ...entry } = minimal;
  expect(parse({ apiVersion: 'gofleet.dev/v1alpha1', kind: 'GoRuntimeList', items: [entry] })).toHaveLength(
    1,
  );
});

const from = { apiVersion: 'example.com/v1', kind: 'Cache', name: 'shop', fieldPath: '.spec.go' };
const reading = { ...minimal, spec: { ...minimal.spec, runtime: { from } } };
const cache = (metadata: object, go: unknown = '1.26.8') => ({
  ...{ apiVersion: 'example.com/v1', kind: 'Cache', metadata: { name: 'shop', ...metadata }, spec: { go } },
});

test('a version is read from the custom resource when it is among the manifests', () => {
  const expected = { goVersion: '1.26.8', from: 'Cache demo/shop .spec.go' };
  expect(parse(reading, cache({}))[0]?.status?.declaration).toEqual(expected);
  expect(parse(cache({ namespace: 'demo' }), reading)[0]?.status?.declaration).toEqual(expected);
  expect(parse(reading, cache({ namespace: 'other' }))[0]?.status?.declaration).toBeUndefined();
  const broken = parse(reading, cache({}, 26))[0]?.status?.declaration;
  expect(broken?.problem?.reason).toBe('FieldNotText');
});

const libgoSpec = {
  ...{ selector: minimal.spec.selector, mode: 'libgo' },
  libgo: { image: 'registry.example:5000/team/libgo:12.3', path: '/usr/lib/libgo.so.21' },
};

test.each([
  'registry.example/libgo',
  'localhost:5000/team/libgo@sha256:'.padEnd(33 + 64, 'a'),
  '10.96.0.50:5000/a/b__c/libgo:v1@sha256:'.padEnd(39 + 64, '0'),
])('a wish for a library needs no Go version: %s', (image) => {
  const libgo = { ...libgoSpec.libgo, image };
  expect(parse({ ...minimal, spec: { ...libgoSpec, libgo } })[0]?.spec.libgo).toEqual(libgo);
  expect(parse({ ...minimal, spec: { ...libgoSpec, runtime: { goVersion: '1.26' } } })).toHaveLength(1);
});

test.each([
  [{ spec: { ...minimal.spec, runtime: {} } }, "spec.runtime must have required property 'goVersion'"],
  [
    { spec: { ...minimal.spec, runtime: { goVersion: '1.26', from } } },
    'spec.runtime must match exactly one schema in oneOf',
  ],
  [
    { spec: { ...minimal.spec, runtime: { from: { ...from, apiVersion: 'v1' } } } },
    'spec.runtime.from.apiVersion must match pattern',
  ],
  [{ spec: { ...minimal.spec, selector: {} } }, 'spec.selector must NOT have fewer than 1 properties'],
  [
    { spec: { ...minimal.spec, runtime: { goVersion: 'newest' } } },
    'spec.runtime.goVersion must match pattern',
  ],
  [{ spec: { ...minimal.spec, mode: 'magic' } }, 'spec.mode must be equal to one of the allowed values'],
  [{ spec: { selector: minimal.spec.selector } }, 'spec must have runtime, or libgo in mode libgo'],
  [{ spec: { ...minimal.spec, mode: 'libgo' } }, 'spec must have runtime, or libgo in mode libgo'],
  [{ spec: { ...libgoSpec, mode: 'relink' } }, 'spec must have runtime, or libgo in mode libgo'],
  [
    { spec: { ...libgoSpec, libgo: { image: 'libgo:12', path: '/libgo.so.21' } } },
    'spec.libgo.image must match pattern',
  ],
  [
    { spec: { ...libgoSpec, libgo: { ...libgoSpec.libgo, path: '../libgo.so.21' } } },
    'spec.libgo.path must match pattern',
  ],
  [{ spec: { ...minimal.spec, containers: 'all' } }, 'spec.containers must be array'],
  [{ metadata: {} }, 'metadata.name is missing'],
  [{ metadata: undefined }, 'metadata.name is missing'],
])('a malformed wish is told with file, object and field: %j', (wrong, message) => {
  expect(() => parse({ ...minimal, ...wrong })).toThrow(message);
  expect(() => parse({ ...minimal, ...wrong })).toThrow(/^wish\.yaml: GoRuntime /);
});

test('any spec and status is taken or refused with our error', () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (spec, status) => {
      try {
        parse({ ...minimal, spec, status });
      } catch (thrown) {
        expect(isGofleetError(thrown) && thrown.code).toBe('inject.malformed-go-runtime');
      }
    }),
  );
});
