import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseEnvFile } from './parse-env-file.ts';

test('settings with their lines; comments and empty lines are nothing', () => {
  const { entries, problems } = parseEnvFile('# by go env -w\n\nGOFLAGS=-mod=mod\nGOPROXY=direct\n');
  expect(entries).toEqual([
    { name: 'GOFLAGS', value: '-mod=mod', line: 3 },
    { name: 'GOPROXY', value: 'direct', line: 4 },
  ]);
  expect(problems).toEqual([]);
});

test.each([
  ['GOFLAGS -mod=mod', 'white space in the name', 1],
  ['GOFLAGS', 'no "="', 0],
  ['goflags=-mod=mod', 'capital letter', 0],
  ['export GOFLAGS=-x', 'capital letter', 0],
  ['GOFLAGS =-x', 'white space in the name', 1],
  ['GOFLAGS=-mod=mod\r', 'CR LF', 1],
  ['\ufeffGOFLAGS=-mod=mod', 'byte order mark', 0],
])('%j is reported with its line', (text, reason, entries) => {
  const parsed = parseEnvFile(`GOOS=linux\n${text}\n`);
  expect(parsed.problems).toMatchObject([{ line: 2, reason: expect.stringContaining(reason) }]);
  expect(parsed.entries).toHaveLength(1 + entries);
});

test('any text is read without a crash, and every line of it once at most', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { entries, problems } = parseEnvFile(text);
      const lines = text.split('\n').length;
      expect(new Set(entries.map(({ line }) => line)).size).toBe(entries.length);
      expect(problems.every(({ line }) => line >= 1 && line <= lines)).toBe(true);
    }),
  );
});
