import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeDirectory } from './make-directory.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-make-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('a folder is made with those above it, and may be there already', async () => {
  await makeDirectory(join(dir, 'a/b/c'));
  await makeDirectory(join(dir, 'a/b/c'));
  expect(statSync(join(dir, 'a/b/c')).isDirectory()).toBe(true);
});

test('where no folder can be made there is an error, and an end', async () => {
  writeFileSync(join(dir, 'file'), '');
  symlinkSync(join(dir, 'nowhere'), join(dir, 'link'));
  for (const path of [join(dir, 'file/a/b'), join(dir, 'link/a/b'), '/proc/no/such/folder']) {
    await expect(makeDirectory(path)).rejects.toMatchObject({ code: expect.stringMatching(/^filesystem\./) });
  }
});
