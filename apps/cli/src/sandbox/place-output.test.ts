import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cannotWrite, placeOutput } from './place-output.ts';
import { Volume } from './volume.ts';

let base: string;
let root: string;
const program = Buffer.from('\x7fELF and more');
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'gofleet-place-')));
  root = join(base, 'volume');
  for (const each of ['volume/a/b', 'outside']) mkdirSync(join(base, each), { recursive: true });
  writeFileSync(join(base, 'made'), program, { mode: 0o750 });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const place = (name: string, directory = 'a/b') =>
  placeOutput(join(base, 'made'), { root, directory: join(root, directory), name });

test('a file appears whole, with its mode, and replaces an older program', async () => {
  writeFileSync(join(root, 'a/b/program'), '\x7fELF old');
  await place('program');
  expect(readFileSync(join(root, 'a/b/program'))).toEqual(program);
  expect(statSync(join(root, 'a/b/program')).mode & 0o777).toBe(0o750);
  expect(readdirSync(join(root, 'a/b'))).toEqual(['program']);
});

test('a directory that became a link after it was checked is not followed', async () => {
  const found = new Volume(root).findPlace('program', join(root, 'a/b'));
  renameSync(join(root, 'a'), join(root, 'old'));
  symlinkSync(join(base, 'outside'), join(root, 'a'));
  mkdirSync(join(base, 'outside/b'));
  await expect(placeOutput(join(base, 'made'), { root, ...found })).rejects.toThrow(
    'it has changed meanwhile',
  );
  expect(readdirSync(join(base, 'outside/b'))).toEqual([]);
});

test('a link by the name of the output is neither followed nor replaced', async () => {
  writeFileSync(join(base, 'outside/file'), 'theirs');
  symlinkSync(join(base, 'outside/file'), join(root, 'a/b/program'));
  await expect(place('program')).rejects.toThrow('no regular file');
  expect(readFileSync(join(base, 'outside/file'), 'utf8')).toBe('theirs');
  expect(readdirSync(join(root, 'a/b'))).toEqual(['program']);
});

test('a file that is no program stays', async () => {
  writeFileSync(join(root, 'a/b/main.go'), 'package main');
  await expect(place('main.go')).rejects.toThrow('no object file');
});

test('paths of the volume: links inside count, links outwards do not', () => {
  const volume = new Volume(root);
  symlinkSync('a/b', join(root, 'inside'));
  symlinkSync('../outside', join(root, 'outwards'));
  expect(volume.findDirectory('inside')).toBe(join(root, 'a/b'));
  for (const path of ['outwards', '..', '/', '../volume-2', '/proc/self/root'])
    expect(() => volume.find(path)).toThrow('it lies outside');
  expect(() => volume.find('nothing')).toThrow('there is no such file');
});

test('a volume that is read-only is told as such, and what goes there all the same', () => {
  const error = (code: string) => cannotWrite(Object.assign(new Error(code), { code }), '/work/app');
  expect(error('EROFS')).toMatchObject({
    message: '/work/app cannot be written: EROFS',
    hint: 'the sandbox has the volume as its callers have it, read-only: "-o /dev/null" builds without an output',
  });
  expect(error('EACCES')).toMatchObject({ hint: expect.stringMatching(/fsGroup/) });
});
