import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree, stagingPath, sweepStaging, withStaging } from './staging.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gofleet-staging-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('folder and file are gone afterwards, read-only or not, unless moved away', async () => {
  await withStaging(root, async ({ dir, file }) => {
    mkdirSync(join(dir, 'a'));
    writeFileSync(join(dir, 'a', 'b'), 'x');
    writeFileSync(file, 'x');
    chmodSync(join(dir, 'a'), 0o555);
  });
  const failure = withStaging(root, async () => Promise.reject(new Error('because')));
  await expect(failure).rejects.toThrow('because');
  expect(readdirSync(root)).toEqual([]);
});

test('what killed processes left is swept, what lives and what is fresh of others is not', async () => {
  const { pid: dead } = spawnSync('true');
  const mine = basename(stagingPath(root));
  const ofDead = mine.replace(/^(\.staging-[0-9a-f]{8}-)\d+/, `$1${dead}`);
  const [ofOther, old] = ['.staging-00000000-1-aa', '.staging-00000000-1-bb'];
  for (const name of [mine, ofDead, ofOther, old]) mkdirSync(join(root, name));
  utimesSync(join(root, old), 0, 0);
  writeFileSync(join(root, 'other'), 'x');
  expect((await sweepStaging(root)).sort()).toEqual([ofDead, old].sort());
  expect(readdirSync(root).sort()).toEqual([mine, ofOther, 'other'].sort());
});

test('removing what is not there is fine', async () => {
  await removeTree(join(root, 'nothing'));
  expect(existsSync(root)).toBe(true);
});
