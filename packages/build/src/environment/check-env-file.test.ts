import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkEnvFile } from './check-env-file.ts';

test('settings, comments and empty lines are fine', () => {
  expect(checkEnvFile('# by go env -w\n\nGOFLAGS=-mod=mod\nGOPROXY=direct\n')).toEqual([]);
});

test.each([
  ['GOFLAGS -mod=mod', 'white space in the name'],
  ['GOFLAGS', 'no "="'],
  ['goflags=-mod=mod', 'capital letter'],
  ['export GOFLAGS=-x', 'capital letter'],
  ['GOFLAGS =-x', 'white space in the name'],
  ['GOFLAGS=-mod=mod\r', 'CR LF'],
  ['\ufeffGOFLAGS=-mod=mod', 'byte order mark'],
])('%j is reported with its line', (text, reason) => {
  expect(checkEnvFile(`GOOS=linux\n${text}\n`)).toMatchObject([
    { line: 2, reason: expect.stringContaining(reason) },
  ]);
});

test('any text is checked without a crash', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const lines = text.split('\n').length;
      expect(checkEnvFile(text).every(({ line }) => line >= 1 && line <= lines)).toBe(true);
    }),
  );
});
