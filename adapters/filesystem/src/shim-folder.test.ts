import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  forgetTool,
  listShimmedTools,
  placeShim,
  readShims,
  removeShims,
  writeShims,
} from './shim-folder.ts';

let dir: string;
let folder: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-shims-'));
  folder = join(dir, 'deep/shims');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A binary as a shim keeps it after `go install`. */
function keep(name: string, release: string): void {
  mkdirSync(join(folder, '.tools', release), { recursive: true });
  writeFileSync(join(folder, '.tools', release, name), '');
  rmSync(join(folder, name), { force: true });
  symlinkSync('go', join(folder, name));
}

test('is made executable, and brought up to date without losing a binary', async () => {
  await writeShims(folder, { script: 'one', scriptOnly: false });
  keep('hello', 'go1.26.8');
  await writeShims(folder, { script: 'two', scriptOnly: true });
  expect(await readShims(folder)).toEqual({ script: 'two', native: false, scriptOnly: true });
  expect(statSync(join(folder, 'go')).mode & 0o777).toBe(0o755);
  expect(readlinkSync(join(folder, 'gofmt'))).toBe('go');
  expect(await listShimmedTools(folder)).toEqual([{ name: 'hello', releases: ['go1.26.8'] }]);
});

test('a native shim takes the place of go, until the script does again', async () => {
  const shims = { script: 'one', scriptOnly: false };
  await writeShims(folder, shims);
  writeFileSync(join(folder, 'made'), 'native', { mode: 0o755 });
  await placeShim(folder, join(folder, 'made'));
  expect(await readShims(folder)).toEqual({ ...shims, native: true });
  expect(readFileSync(join(folder, 'gofmt'), 'utf8')).toBe('native');
  await writeShims(folder, shims);
  expect(await readShims(folder)).toEqual({ ...shims, native: false });
});

test('a folder of something else is neither written nor removed', async () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'go'), 'mine');
  await expect(writeShims(folder, { script: 'one', scriptOnly: false })).rejects.toMatchObject({
    code: 'filesystem.not-shims',
  });
  expect(await removeShims(folder)).toBe(false);
  expect(readFileSync(join(folder, 'go'), 'utf8')).toBe('mine');
});

test('a binary is forgotten in every release; go and gofmt are none', async () => {
  await writeShims(folder, { script: 'one', scriptOnly: false });
  keep('hello', 'go1.26.8');
  keep('hello', 'last');
  await forgetTool(folder, 'hello');
  expect(await listShimmedTools(folder)).toEqual([]);
  expect(() => statSync(join(folder, '.tools/last/hello'))).toThrow('ENOENT');
  for (const name of ['hello', 'go', 'gofmt', '../shims/go', '.tools']) {
    await expect(forgetTool(folder, name)).rejects.toMatchObject({ code: 'filesystem.no-such-shim' });
  }
});

test('is removed whole', async () => {
  await writeShims(folder, { script: 'one', scriptOnly: false });
  expect(await removeShims(folder)).toBe(true);
  expect(await removeShims(folder)).toBe(false);
});
