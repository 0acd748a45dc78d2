import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseBuildInfo } from './build-info.ts';
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
