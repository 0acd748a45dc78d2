import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  compareGoVersions,
  type GoVersion,
  parseGoVersion,
  renderGoVersion,
  requireGoRelease,
} from './go-version.ts';

function version(text: string): GoVersion {
  const parsed = parseGoVersion(text);
  if (!parsed) throw new Error(`not a Go version: ${text}`);
  return parsed;
}

test('versions in the order that Go gives them', () => {
  const ordered = [
    '1.5',
    '1.13',
    '1.20rc1',
    '1.20',
    '1.20.1',
    '1.21',
    '1.21rc2',
    '1.21.0',
    '1.21.13',
    '1.22',
    '1.26.8',
    '1.26.10',
  ];
  const shuffled = [...ordered].reverse().map(version);
  expect(shuffled.sort(compareGoVersions).map((v) => renderGoVersion(v).slice(2))).toEqual(ordered);
});

test('suffixes of vendors and experiments are kept apart', () => {
  expect(version('go1.26.4-1-microsoft').suffix).toBe('-1-microsoft');
  expect(version('go1.21.5 X:boringcrypto')).toMatchObject({ patch: 5, suffix: 'X:boringcrypto' });
  expect(version('go1.25.0+auto').suffix).toBe('+auto');
});

test('what is no Go version is not taken for one', () => {
  for (const text of ['', 'devel go1.27-abc', 'go2', '1.21.3.4', '1.x', 'v1.2.3', '1.21.5foo']) {
    expect(parseGoVersion(text), text).toBeUndefined();
  }
});

test('a release has a patch number from Go 1.21 on', () => {
  expect(requireGoRelease('go1.20').minor).toBe(20);
  expect(requireGoRelease('1.27rc1').pre).toEqual({ kind: 'rc', number: 1 });
  expect(() => requireGoRelease('1.26')).toThrow('"1.26" does not name a Go release');
});

test('rendering and parsing are inverse', () => {
  const part = fc.nat(999);
  fc.assert(
    fc.property(part, part, part, (major, minor, patch) => {
      const text = `go${major}.${minor}.${patch}`;
      expect(renderGoVersion(version(text))).toBe(text);
    }),
  );
});

test('any text is parsed or refused, never a crash', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseGoVersion(text)));
});
