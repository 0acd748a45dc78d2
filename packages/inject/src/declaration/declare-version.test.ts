import { makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { targetOf } from '../admission/choose-artefact.ts';
import type { VersionSource } from '../go-runtime.ts';
import type { Declaration } from '../runtime-status.ts';
import { declareVersion, type Sight, withDeclaration } from './declare-version.ts';
import { pinnedDigest } from './pinned-release.ts';
import { wishedVersion } from './wished-version.ts';

const from: VersionSource = {
  ...{ apiVersion: 'rabbitmq.com/v1beta1', kind: 'RabbitmqCluster', name: 'queue' },
  fieldPath: '.spec.runtime.goVersion',
};
const where = 'RabbitmqCluster demo/queue .spec.runtime.goVersion';

function wish(more: Partial<VersionSource> = {}, declaration?: Declaration) {
  return makeRuntime({
    spec: { runtime: { from: { ...from, ...more } } },
    status: {
      resolution: { requested: '1.26', goVersion: 'go1.26.8' },
      ...(declaration ? { declaration } : {}),
    },
  });
}
const found = (goVersion: unknown): Sight => ({
  state: 'found',
  object: { spec: { runtime: { goVersion } } },
});

test('the field says the version, and the wish means what it was resolved to', () => {
  expect(declareVersion(wish(), found('1.26'))).toEqual({ goVersion: '1.26', from: where });
  const declared = withDeclaration(wish(), found('1.26'));
  expect([wishedVersion(declared), targetOf(declared)]).toEqual(['1.26', 'go1.26.8']);
  expect(targetOf(withDeclaration(wish(), found('1.25')))).toBeUndefined();
});

test('a version in the spec is its own declaration', () => {
  const runtime = makeRuntime({
    spec: { runtime: { goVersion: '1.26' } },
    status: { declaration: { from: 'x' } },
  });
  expect(declareVersion(runtime, { state: 'pending' })).toEqual({ goVersion: '1.26' });
});

test.each<[string, Sight, string, RegExp]>([
  ['no object', { state: 'absent' }, 'ObjectNotFound', /there is no RabbitmqCluster demo\/queue$/],
  ['no field', found(undefined), 'FieldNotFound', /\.spec\.runtime\.goVersion is not set/],
  ['null', found(null), 'FieldNotFound', /is not set/],
  ['a number', found(1.26), 'FieldNotText', /is a number, not a text/],
  ['a list', found(['1.26']), 'FieldNotText', /is a list/],
  ['an object', found({}), 'FieldNotText', /is an object/],
  ['no version', found('hunter2'), 'MalformedVersion', /no Go version or comparison \(7 characters\)/],
  ['nothing', found(''), 'MalformedVersion', /0 characters/],
  ['several lines', found('1.26\n1.25'), 'MalformedVersion', /9 characters/],
  ['too long', found('1.26 '.repeat(40)), 'MalformedVersion', /200 characters/],
  [
    'not served',
    { state: 'not-served' },
    'KindNotServed',
    /serves no RabbitmqCluster of rabbitmq\.com\/v1beta1/,
  ],
  ['too many', { state: 'too-many', limit: 200 }, 'TooManySources', /200 objects/],
  ['unreachable', { state: 'unreachable', message: 'timed out' }, 'Unreachable', /timed out/],
  [
    'forbidden',
    { state: 'forbidden', resource: 'rabbitmqclusters.rabbitmq.com' },
    'Forbidden',
    /may not read rabbitmqclusters\.rabbitmq\.com: bind a ClusterRole .*apiGroups \[rabbitmq\.com\], resources \[rabbitmqclusters\]/,
  ],
])('%s: a reason, and what was read before stays in force', (_, sight, reason, message) => {
  const first = declareVersion(wish(), sight);
  expect(first).toEqual({ from: where, problem: { reason, message: expect.stringMatching(message) } });
  const later = declareVersion(wish({}, { goVersion: '1.26', from: where }), sight);
  expect(later).toEqual({ ...first, goVersion: '1.26' });
});

test('what a field holds is never repeated', () => {
  expect(JSON.stringify(declareVersion(wish(), found('hunter2')))).not.toContain('hunter2');
});

test('a malformed path, and two versions at once', () => {
  expect(declareVersion(wish({ fieldPath: '.spec[*]' }), found('1.26'))?.problem?.reason).toBe(
    'MalformedFieldPath',
  );
  const both = makeRuntime({ spec: { runtime: { from, goVersion: '1.26' } } });
  expect(declareVersion(both, found('1.25'))?.problem?.reason).toBe('GoVersionAndFrom');
  expect(wishedVersion(withDeclaration(both, found('1.25')))).toBeUndefined();
});

test('until it was looked at, what was said before is said', () => {
  const known = { goVersion: '1.26', from: where, problem: { reason: 'ObjectNotFound', message: 'x' } };
  expect(declareVersion(wish({}, known), { state: 'pending' })).toEqual(known);
  expect(declareVersion(wish({ name: 'other' }, known), { state: 'pending' })?.problem?.reason).toBe(
    'Reading',
  );
});

test('any object and any path give a declaration', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (object, fieldPath) => {
      const declared = declareVersion(wish({ fieldPath }), { state: 'found', object });
      expect(declared?.goVersion !== undefined || declared?.problem !== undefined).toBe(true);
    }),
  );
});

const digest = `h1:${'a'.repeat(43)}=`;
const channel = (spec: object): Sight => ({ state: 'found', object: { spec } });
const follower = (declaration?: Declaration) =>
  makeRuntime({
    spec: { runtime: { channel: 'stable' } },
    status: {
      resolution: { requested: '1.26.8', goVersion: 'go1.26.8' },
      ...(declaration ? { declaration } : {}),
    },
  });

test('a channel may pin its release: until that was confirmed, the wish means none', () => {
  const pinned = withDeclaration(follower(), channel({ goVersion: '1.26.8', digest }));
  expect(pinned.status?.declaration).toMatchObject({ goVersion: '1.26.8', digest });
  expect([pinnedDigest(pinned), targetOf(pinned)]).toEqual([digest, undefined]);
  const resolution = { requested: '1.26.8', digest, goVersion: 'go1.26.8' };
  const confirmed = { ...pinned, status: { ...pinned.status, resolution } };
  expect(targetOf(confirmed)).toBe('go1.26.8');
  const moved = withDeclaration(
    confirmed,
    channel({ goVersion: '1.26.8', digest: digest.replace('a', 'b') }),
  );
  expect(targetOf(moved)).toBeUndefined();
  const unpinned = withDeclaration(confirmed, channel({ goVersion: '1.26.8' }));
  expect([pinnedDigest(unpinned), targetOf(unpinned)]).toEqual([undefined, undefined]);
});

test('a pin that cannot be read is never taken for none', () => {
  const declared = declareVersion(
    follower({ goVersion: '1.26.8', digest }),
    channel({ goVersion: '1.27.0', digest: 'sha256:1' }),
  );
  expect(declared).toMatchObject({ goVersion: '1.26.8', digest, problem: { reason: 'MalformedDigest' } });
  expect(declareVersion(follower(), channel({ goVersion: '1.26.8', digest: 7 }))?.goVersion).toBeUndefined();
});

test('only channels pin: the field of another object is its own affair', () => {
  const sight: Sight = { state: 'found', object: { spec: { runtime: { goVersion: '1.26' }, digest } } };
  expect(declareVersion(wish(), sight)).toEqual({ goVersion: '1.26', from: where });
});
