import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseBuildInfo, renderBuildInfo } from './build-info.ts';
import { fullFingerprint, modulesFingerprint } from './fingerprint.ts';

const text = [
  'path\texample.com/hello',
  'mod\texample.com/hello\tv1.0.0\th1:m=',
  'dep\texample.com/a\tv0.1.0\th1:a=',
  'dep\texample.com/b\tv0.2.0',
  '=>\texample.com/fork\tv9.9.9\th1:f=',
  '',
].join('\n');
const info = parseBuildInfo(text, 'go1.26.8');

test('modules: 12 digits over path@version of the dependencies, in their order, joined by semicolons', () => {
  const expected = createHash('sha256').update('example.com/a@v0.1.0;example.com/b@v0.2.0').digest('hex');
  expect(modulesFingerprint(info.deps)).toBe(expected.slice(0, 12));
});

test('modules: without dependencies it is the hash of nothing', () => {
  expect(modulesFingerprint([])).toBe('e3b0c44298fc');
});

test('full: sha256 over what debug.BuildInfo.String gives', () => {
  const expected = createHash('sha256').update(`go\tgo1.26.8\n${text}\n`).digest('hex');
  expect(fullFingerprint(info)).toBe(expected);
});

test.each([
  ['as Go writes it', 'path\tp\nmod\tm\tv1\th1:m=\ndep\ta\tv1\th1:a=\nbuild\tCGO_ENABLED=0\n'],
  ['with quotes', 'path\tp\nbuild\t-ldflags="-s -w"\n'],
  ['a dependency without a sum', 'path\tp\ndep\ta\tv1\n'],
  ['lines that are not of Go', 'path\tp\nnews\tx\nbuild\tCGO_ENABLED=0\n'],
  ['another order', 'build\tCGO_ENABLED=0\npath\tp\n'],
  ['a last line that does not end', 'path\tp\nbuild\tCGO_ENABLED=0\nbuild\tGOOS=l'],
])('full: the text need not be rendered anew to give the same: %s', (_name, recorded) => {
  const parsed = parseBuildInfo(recorded, 'go1.26.8');
  const printed = `go\tgo1.26.8\n${renderBuildInfo(parsed)}`;
  expect(fullFingerprint(parsed)).toBe(createHash('sha256').update(printed).digest('hex'));
});
