import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Sha256 } from '@gofleet/base/digest';
import { hostPlatform } from '@gofleet/filesystem/toolchain-store';
import { makeZip } from '@gofleet/testkit/zip-maker';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readToolchain } from './read-toolchain.ts';
import { artefactOfTree, ToolchainTrees } from './toolchain-trees.ts';

let dir: string;
let dropped: string[];
let fetches: number;
let mounted: string[];
const zips = new Map<string, Uint8Array>();

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-trees-'));
  [dropped, fetches, mounted] = [[], 0, []];
});
afterEach(() => {
  for (const artefact of zips.keys())
    makeTrees()
      .remove(artefact)
      .catch(() => undefined);
  rmSync(dir, { recursive: true, force: true });
});

function addZip(version: string, files: Readonly<Record<string, string>>): Sha256 {
  const zip = makeZip(
    Object.entries(files).map(
      ([path, text]) => [`golang.org/toolchain@v0.0.1-${version}/${path}`, text] as const,
    ),
  );
  const artefact = createHash('sha256').update(zip).digest('hex') as Sha256;
  zips.set(artefact, zip);
  return artefact;
}

function makeTrees(): ToolchainTrees {
  return new ToolchainTrees({
    dir: join(dir, 'toolchains'),
    obtain: async (artefact) => {
      fetches += 1;
      const zip = join(dir, `${artefact}.zip`);
      writeFileSync(zip, zips.get(artefact) ?? '');
      return zip;
    },
    dropArchive: async (artefact) => {
      dropped.push(artefact);
    },
    readMounts: async () =>
      mounted.map((root) => ({ root, mountPoint: '/pod', options: ['ro'], fileSystem: 'ext4' })),
  });
}

const here = `go1.26.8.linux-${hostPlatform().arch}`;
const release = { VERSION: 'go1.26.8\ntime x\n', 'bin/go': '#!/bin/sh\n', 'src/_go.mod': 'module std\n' };

test('unpacked once for all who ask, whole, read-only, and its zip is dropped', async () => {
  const artefact = addZip(here, release);
  const trees = makeTrees();
  const [one, two] = await Promise.all([trees.obtain(artefact), trees.obtain(artefact)]);
  expect([one, await trees.obtain(artefact)]).toEqual([two, two]);
  expect([fetches, dropped]).toEqual([1, [artefact]]);
  expect(readFileSync(join(one, 'src/go.mod'), 'utf8')).toBe('module std\n');
  expect([statSync(join(one, 'bin/go')).mode & 0o777, statSync(one).mode & 0o777]).toEqual([0o555, 0o555]);
  expect(await trees.list()).toEqual([artefact]);
  expect(artefactOfTree(one)).toBe(artefact);
  await trees.remove(artefact);
  expect([existsSync(one), await trees.list()]).toEqual([false, []]);
});

test('a tree is on the disk, whole, before it has its name and its zip is dropped', async () => {
  const artefact = addZip(here, release);
  const trees = makeTrees();
  const handle = await open(dir);
  const files = Object.getPrototypeOf(handle) as { sync: () => Promise<void> };
  await handle.close();
  const { sync } = files;
  const synced: string[] = [];
  const spied = vi.spyOn(files, 'sync').mockImplementation(async function (this: typeof handle) {
    expect([existsSync(trees.pathOf(artefact)), dropped]).toEqual([false, []]);
    synced.push(readlinkSync(`/proc/self/fd/${this.fd}`));
    await sync.call(this);
  });
  const root = await trees.obtain(artefact).finally(() => spied.mockRestore());
  const staged = synced.find((path) => synced.every((each) => each.startsWith(path))) ?? '';
  const paths = synced.map((path) => relative(staged, path));
  expect(paths.sort()).toEqual(['', ...readdirSync(root, { recursive: true })].sort());
});

test('a tree has a size, and one of its files that changed is noticed', async () => {
  const artefact = addZip(here, release);
  const trees = makeTrees();
  const root = await trees.obtain(artefact);
  const sizeBytes = Object.values({ ...release, copy: release['src/_go.mod'] }).join('').length;
  expect(await trees.get(artefact)).toEqual({ path: root, sha256: artefact, sizeBytes });
  expect(await trees.isSound(root)).toBe(true);
  chmodSync(join(root, 'bin/go'), 0o755);
  writeFileSync(join(root, 'bin/go'), '#!/bin/sx\n');
  expect(await trees.isSound(root)).toBe(false);
});

test('a tree that is taken away stays whole where it is mounted, and goes when it is no more', async () => {
  const artefact = addZip(here, release);
  const trees = makeTrees();
  await trees.obtain(artefact);
  const removed = join(dir, 'toolchains/removed');
  mounted = [`/toolchains/removed/${artefact}-0123456789ab`];
  mkdirSync(removed);
  renameSync(trees.pathOf(artefact), join(removed, `${artefact}-0123456789ab`));
  await trees.obtain(artefact);
  await trees.remove(artefact);
  expect(readdirSync(removed)).toEqual([`${artefact}-0123456789ab`]);
  expect(existsSync(join(removed, `${artefact}-0123456789ab`, 'bin/go'))).toBe(true);
  expect(await trees.list()).toEqual([]);
  expect(artefactOfTree(mounted[0] ?? '')).toBeUndefined();
  mounted = [];
  await trees.sweep();
  expect(readdirSync(removed)).toEqual([]);
});

test.each([
  ['of another processor', 'go1.26.8.linux-mips'],
  ['of another system', `go1.26.8.windows-${hostPlatform().arch}`],
])('a release %s is refused, and nothing of it stays', async (_, version) => {
  const artefact = addZip(version, release);
  await expect(makeTrees().obtain(artefact)).rejects.toMatchObject({ code: 'node.no-toolchain' });
  expect(await makeTrees().list()).toEqual([]);
});

test('what is no toolchain module, or a broken one, is refused', async () => {
  const other = makeZip([['example.com/m@v1.0.0/go.mod', 'module m\n']]);
  const artefact = createHash('sha256').update(other).digest('hex') as Sha256;
  zips.set(artefact, other);
  await expect(makeTrees().obtain(artefact)).rejects.toMatchObject({ code: 'node.no-toolchain' });
  const cut = addZip(here, { ...release, 'bin/gofmt': 'x' });
  zips.set(cut, (zips.get(cut) ?? new Uint8Array()).slice(0, 300));
  await expect(makeTrees().obtain(cut)).rejects.toMatchObject({ code: 'filesystem.corrupt-archive' });
  expect(await makeTrees().list()).toEqual([]);
});

test('what a process sees: only read-only mounts of our trees, named by their own VERSION; PATH and no other variable', async () => {
  const artefact = addZip(here, release);
  const trees = makeTrees();
  const root = await trees.obtain(artefact);
  const process = join(dir, 'proc/7');
  mkdirSync(process, { recursive: true });
  const unknown = `/toolchains/ab/${'c'.repeat(62)}`;
  writeFileSync(
    join(process, 'mountinfo'),
    [
      '1 0 0:1 / / rw - overlay overlay rw',
      `2 1 8:1 ${root} /opt/gofleet/go1.26.8 ro,nosuid - ext4 /dev/x rw`,
      `3 1 8:1 ${root} /writable rw - ext4 /dev/x rw`,
      `4 1 8:1 ${unknown} /unknown ro - ext4 /dev/x rw`,
      '5 1 8:1 /usr/local/go /usr/local/go ro - ext4 /dev/x rw',
    ].join('\n'),
  );
  writeFileSync(join(process, 'environ'), 'TOKEN=secret\0PATH=/opt/gofleet/bin:/bin\0PATH=/late\0');
  const read = () => readToolchain({ procDir: join(dir, 'proc'), pid: 7 }, (each) => trees.pathOf(each));
  expect(await read()).toEqual({
    mounts: [{ path: '/opt/gofleet/go1.26.8', goVersion: 'go1.26.8' }],
    searchPath: '/opt/gofleet/bin:/bin',
  });
  rmSync(process, { recursive: true });
  await expect(read()).rejects.toThrow();
});
