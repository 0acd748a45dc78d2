import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withWorkDirectory } from './work-directory.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'gofleet-work-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

test('the directory is there while it is used, and gone afterwards, whatever happens', async () => {
  const used = await withWorkDirectory(join(parent, 'new'), async (path) => {
    expect(existsSync(path)).toBe(true);
    return path;
  });
  expect(existsSync(used)).toBe(false);
  const failing = withWorkDirectory(parent, () => Promise.reject(new Error('broken')));
  await expect(failing).rejects.toThrow('broken');
  expect(readdirSync(parent)).toEqual(['new']);
});

test('what a killed run left goes after a day; nothing else is touched', async () => {
  for (const name of ['relink-old', 'relink-new', 'other']) mkdirSync(join(parent, name));
  for (const name of ['relink-old', 'other']) utimesSync(join(parent, name), 0, 0);
  await withWorkDirectory(parent, async () => undefined);
  expect(readdirSync(parent).sort()).toEqual(['other', 'relink-new']);
});
