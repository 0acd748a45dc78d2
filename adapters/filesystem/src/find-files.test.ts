import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findFiles } from './find-files.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-walk-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function file(name: string): string {
  const path = join(dir, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, name);
  return path;
}

const names = (paths: string[]): string[] => [...findFiles(paths)].map(({ path }) => relative(dir, path));

test('walks directories in order of names; given files come as they are', () => {
  for (const name of ['b', 'a/2', 'a/1']) file(name);
  expect(names([dir])).toEqual(['a/1', 'a/2', 'b']);
  expect([...findFiles([join(dir, 'b')])]).toEqual([{ path: join(dir, 'b'), given: true }]);
});

test('links are followed, but lead to nothing twice and never in circles', () => {
  file('real/one');
  file('outside');
  mkdirSync(join(dir, 'tree'));
  symlinkSync('../real', join(dir, 'tree/again'));
  symlinkSync('../outside', join(dir, 'tree/a-link'));
  symlinkSync('a-link', join(dir, 'tree/second-link'));
  symlinkSync('..', join(dir, 'tree/up'));
  symlinkSync('nowhere', join(dir, 'tree/broken'));
  expect(names([join(dir, 'tree')])).toEqual(['tree/a-link', 'tree/again/one']);
  expect(names([dir])).toEqual(['outside', 'real/one']);
});

test('a pipe in a directory is passed over', () => {
  file('plain');
  execFileSync('mkfifo', [join(dir, 'pipe')]);
  expect(names([dir])).toEqual(['plain']);
});

test('what is not there comes with its problem', () => {
  const found = [...findFiles([join(dir, 'missing'), file('there')])];
  expect(found.map(({ problem }) => problem?.code)).toEqual(['filesystem.not-found', undefined]);
});
