import { requireGoRelease } from '@gofleet/base/go-version';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findArchive, parseArchiveIndex } from './archive-index.ts';

const sha256 = 'a'.repeat(64);
const file = (more: object = {}): object => ({
  ...{
    filename: 'go1.20.14.linux-amd64.tar.gz',
    os: 'linux',
    arch: 'amd64',
    version: 'go1.20.14',
    sha256,
    size: 100,
    kind: 'archive',
  },
  ...more,
});
const index = (...files: object[]): string => JSON.stringify([{ version: 'go1.20.14', stable: true, files }]);
const find = (text: string, os: string, arch: string): string | undefined =>
  findArchive(parseArchiveIndex(text), requireGoRelease('1.20.14'), { os, arch })?.filename;

test('archives are found by release and platform', () => {
  const text = index(
    file({ kind: 'source', os: '', arch: '' }),
    file({ kind: 'installer' }),
    file(),
    file({ arch: 'armv6l', filename: 'go1.20.14.linux-armv6l.tar.gz' }),
  );
  expect(find(text, 'linux', 'amd64')).toBe('go1.20.14.linux-amd64.tar.gz');
  expect(find(text, 'linux', 'arm')).toBe('go1.20.14.linux-armv6l.tar.gz');
  expect(find(text, 'darwin', 'amd64')).toBeUndefined();
});

test('what has no sum is not there', () => {
  expect(parseArchiveIndex(index(file({ sha256: '' })))).toEqual([]);
});

test.each([
  '',
  '{}',
  '[1]',
  '[null]',
  '[{"version":"x","files":[]}]',
  index(file({ filename: '../../evil.tar.gz' })),
  index(file({ filename: 'http://x/y.tar.gz' })),
])('no index: %s', (text) => {
  expect(() => parseArchiveIndex(text)).toThrow('the index of archives is malformed');
});

test('whatever JSON comes, the answer is a list or our error', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      try {
        expect(Array.isArray(parseArchiveIndex(text))).toBe(true);
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'resolve.malformed-archive-index' });
      }
    }),
  );
});
