import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeModulePath, escapeModuleVersion, parseGoProxy, versionFilePath } from './goproxy-path.ts';

test('commas go on after not found, pipes always', () => {
  expect(parseGoProxy('https://a.example/x/,http://b.example|direct')).toEqual([
    { url: 'https://a.example/x', fallback: 'not-found' },
    { url: 'http://b.example', fallback: 'always' },
    { url: 'direct', fallback: 'not-found' },
  ]);
});

test.each(['', ' , ', 'ftp://x', 'somewhere'])('no GOPROXY: %j', (value) => {
  expect(() => parseGoProxy(value)).toThrow('GOPROXY lists addresses');
});

test('a refusal does not repeat a password', () => {
  expect(() => parseGoProxy('ftp://user:secret@host')).toThrow('found ftp://host');
});

test('upper case is escaped', () => {
  expect(versionFilePath('github.com/Azure/Go', 'v1.0.0-RC1', 'info')).toBe(
    'github.com/!azure/!go/@v/v1.0.0-!r!c1.info',
  );
});

test.each(['', '/a', 'a/', 'a//b', 'a/../b', '..', 'a b', 'a!b', 'a?b', 'a%2e'])(
  'no module path: %j',
  (path) => {
    expect(() => escapeModulePath(path)).toThrow('is no module path');
  },
);

test('whatever is escaped stays within its folder', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
      for (const escapePart of [escapeModulePath, escapeModuleVersion]) {
        try {
          expect(new URL(`http://h/base/${escapePart(text)}/@v/list`).pathname).toBe(
            `/base/${escapePart(text)}/@v/list`,
          );
        } catch (thrown) {
          expect((thrown as { code?: string }).code).toMatch(/^resolve\.malformed-(path|version)$/);
        }
      }
    }),
  );
});
