import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Answer, rememberAnswer } from './remember-answer.ts';

let dir: string;
let file: string;
let entry: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-answer-'));
  file = join(dir, 'go.mod');
  entry = join(dir, 'answers/m/.go,,');
  writeFileSync(file, 'module m\n');
  utimesSync(file, 1_700_000_000.123456, 1_700_000_000.123456);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function answer(parts: Partial<Answer> = {}): Answer {
  const conditions = { found: `${file}\n`, context: '', absent: [], path: undefined };
  const target = { version: 'go1.26.8', goRoot: '/go' };
  // The clock of a file's times may be some milliseconds behind.
  return { target, conditions, files: [file], startedAtMs: Date.now() + 50, ...parts };
}

const names = (): string[] => readdirSync(join(dir, 'answers/m')).sort();

test('keeps the answer and a stamp with the very time of the file', async () => {
  expect(await rememberAnswer(entry, answer())).toBe(true);
  const [kept, stamp = ''] = names();
  expect(kept).toBe('.go,,');
  const mtimeNs = (path: string): bigint => statSync(path, { bigint: true }).mtimeNs;
  expect(mtimeNs(join(dir, 'answers/m', stamp))).toBe(mtimeNs(file));
  expect(readFileSync(entry, 'utf8')).toContain(`gf_same '${file}' '${stamp}'`);
  expect(readFileSync(join(dir, 'answers/m/.native,,'), 'utf8').split('\0')).toContain(
    `t${mtimeNs(file)} ${file}`,
  );
});

test('a second answer takes the place of the first, stamps and all', async () => {
  await rememberAnswer(entry, answer());
  const before = names();
  expect(await rememberAnswer(entry, answer({ startedAtMs: Date.now() + 60 }))).toBe(true);
  expect(names()).toHaveLength(3);
  expect(names()[1]).not.toBe(before[1]);
});

test.each([
  ['a file that was changed just now', () => writeFileSync(file, 'module n\n')],
  ['a file that is gone', () => rmSync(file)],
])('nothing is kept for %s', async (_name, change) => {
  change();
  expect(await rememberAnswer(entry, answer())).toBe(false);
  expect(names()).toEqual([]);
});

test('nothing is kept when a file changed while the answer was made, whatever its time says', async () => {
  expect(await rememberAnswer(entry, answer({ startedAtMs: Date.now() - 5000 }))).toBe(false);
  expect(names()).toEqual([]);
});

test('nothing is kept when a file appeared that must not be there', async () => {
  const { conditions } = answer();
  expect(await rememberAnswer(entry, answer({ conditions: { ...conditions, absent: [dir] } }))).toBe(false);
});

test('a folder that cannot be made is no error', async () => {
  writeFileSync(join(dir, 'answers'), '');
  expect(await rememberAnswer(entry, answer())).toBe(false);
});
