import { isGofleetError } from '@gofleet/base/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isAllowed, parseAccessRules } from './access.ts';
import { parseNamespace } from './namespace.ts';
import { ReadAhead } from './read-ahead.ts';
import { parseRemoteKey, renderRemoteKey } from './remote-key.ts';
import { parseRemoteSpec } from './remote-spec.ts';

const digest = 'ab'.repeat(32);

test('a key comes back as it was, and no other path is one', () => {
  const key = `prod/bundles/${digest}`;
  expect(renderRemoteKey(parseRemoteKey(key))).toBe(key);
  for (const path of [
    '',
    'prod',
    `../bundles/${digest}`,
    `prod/other/${digest}`,
    `${key}/more`,
    'prod/index/x',
  ]) {
    expect(() => parseRemoteKey(path)).toThrow();
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseRemoteKey(text);
      } catch (thrown) {
        expect(isGofleetError(thrown)).toBe(true);
      }
    }),
  );
});

test('a namespace is a name, never a path', () => {
  expect(parseNamespace('team-a')).toBe('team-a');
  for (const text of ['', '-a', 'a-', 'A', '..', 'a/b', 'a'.repeat(64)])
    expect(() => parseNamespace(text)).toThrow();
});

test('an address is a server or a bucket, without secrets in it', () => {
  expect(parseRemoteSpec('http://127.0.0.1:8480/')).toEqual({ kind: 'server', url: 'http://127.0.0.1:8480' });
  expect(parseRemoteSpec('s3://objects/go/cache')).toEqual({
    kind: 's3',
    bucket: 'objects',
    prefix: 'go/cache',
  });
  for (const text of ['x', 'ftp://a.example', 's3://A', 's3://bucket/a b', 'http://a.example/?t=1']) {
    expect(() => parseRemoteSpec(text)).toThrow();
  }
  expect(() => parseRemoteSpec('http://user:secret@a.example')).toThrow(/^(?!.*secret).*$/);
});

test('rules say who may do what where', () => {
  const rules = parseAccessRules(`# ours\n${digest} read=prod write=dev,ci\n`);
  const may = (right: 'read' | 'write', namespace: string, tokenSha256 = digest): boolean =>
    isAllowed(rules, { tokenSha256, right, namespace });
  expect([may('read', 'prod'), may('read', 'dev'), may('write', 'ci')]).toEqual([true, true, true]);
  expect([may('write', 'prod'), may('read', 'other'), may('read', 'prod', 'cd'.repeat(32))]).toEqual([
    false,
    false,
    false,
  ]);
  expect(isAllowed(undefined, { tokenSha256: undefined, right: 'write', namespace: 'a' })).toBe(true);
  for (const text of ['token read=prod', `${digest} prod`, `${digest} read=../x`]) {
    expect(() => parseAccessRules(text)).toThrow();
  }
});

test('the more of a build is used, the more is fetched ahead', () => {
  const ahead = new ReadAhead();
  expect(ahead.use('b', 0)).toEqual([1, 2, 3, 4]);
  expect(ahead.use('b', 0)).toEqual([]);
  expect(ahead.use('b', 0)).toEqual([5]);
  expect(ahead.use('b', 2)).toEqual([3, 4, 5, 6, 7]);
  expect(ahead.use('c', 9)).toEqual([10, 11, 12, 13]);
  const told = Array.from({ length: 60 }, () => ahead.use('b', 3)).flat();
  expect(told).toEqual(Array.from({ length: 32 }, (_, index) => 4 + index));
});
