import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packDockerArchive } from '@gofleet/oci/docker-archive';
import { makeElf } from '@gofleet/testkit/elf-maker';
import { afterAll, expect, test } from 'vitest';
import { comparePrograms, programsOf } from './programs-of.ts';

const dir = mkdtempSync(join(tmpdir(), 'gofleet-programs-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const [old, now] = [makeElf({ goVersion: 'go1.21.1' }), makeElf({ goVersion: 'go1.26.8' })];

async function image(name: string, files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const entries = Object.entries(files).map(([path, bytes]) => ({ path, bytes }));
  const path = join(dir, name);
  await packDockerArchive({ repoTag: name, entrypoint: ['/a'], files: entries }, path);
  return path;
}

test('a program and the same one in an image are alike; another release is not', async () => {
  const file = join(dir, 'program');
  writeFileSync(file, old);
  const [alone, same] = [await programsOf(file), await programsOf(await image('one', { '/x': old }))];
  expect(comparePrograms(alone, same)).toEqual([]);
  const newer = await programsOf(await image('two', { '/y': now }));
  expect(comparePrograms(alone, newer)).toEqual([
    { kind: 'fact', name: 'go', before: 'go1.21.1', after: 'go1.26.8' },
  ]);
});

test('images of several programs are compared by path', async () => {
  const before = await programsOf(await image('three', { '/a': old, '/b': old, '/gone': old }));
  const after = await programsOf(await image('four', { '/a': old, '/b': now, '/new': now }));
  expect(comparePrograms(before, after)).toEqual([
    { path: '/b', kind: 'fact', name: 'go', before: 'go1.21.1', after: 'go1.26.8' },
    { path: '/gone', kind: 'fact', name: 'program', before: 'go1.21.1', after: undefined },
    { path: '/new', kind: 'fact', name: 'program', before: undefined, after: 'go1.26.8' },
  ]);
});

test('what is neither a program nor an archive is an error', async () => {
  writeFileSync(join(dir, 'text'), 'hello');
  await expect(programsOf(join(dir, 'text'))).rejects.toMatchObject({ code: 'identify.not-executable' });
});
