import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sha256 } from '@gofleet/base/digest';
import { createArtefactStore } from '@gofleet/filesystem/artefact-store';
import { ArtefactKeeper, wantedArtefacts } from '@gofleet/node/artefact-keeper';
import { createObtain } from '@gofleet/node/obtain-artefact';
import { afterAll, beforeAll, expect, test } from 'vitest';

const disk = mkdtempSync(join(tmpdir(), 'gofleet-full-disk-'));
const artefacts = [600, 600, 3000].map((kilobytes) => randomBytes(kilobytes * 1000));
const digests = artefacts.map((bytes) => createHash('sha256').update(bytes).digest('hex') as Sha256);
const [small, other, large] = digests as [Sha256, Sha256, Sha256];

beforeAll(() => execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]));
afterAll(() => {
  execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true });
});

function makeKeeper(mountedRoots: readonly string[] = []) {
  const store = createArtefactStore({ dir: disk });
  const obtain = createObtain({
    store,
    log: () => undefined,
    download: async (artefact) =>
      (async function* () {
        yield artefacts[digests.indexOf(artefact)] ?? Buffer.alloc(0);
      })(),
  });
  const problems: (string | undefined)[] = [];
  const keeper = new ArtefactKeeper({
    ...{ store, obtain, maxBytes: 2 ** 30, runtimes: new Map(), log: () => undefined },
    ...{ wanted: wantedArtefacts, isSound: async () => true },
    readMounts: async () =>
      mountedRoots.map((root) => ({ root, mountPoint: '/pod', options: ['ro'], fileSystem: 'tmpfs' })),
    onFetched: () => undefined,
    onProblem: (problem) => problems.push(problem),
  });
  return { keeper, problems, store };
}

const rootOf = (artefact: string): string => `/sha256/${artefact.slice(0, 2)}/${artefact.slice(2)}`;

test('a full disk: what is not mounted makes room for what a pod asks for', async () => {
  const { keeper, problems, store } = makeKeeper();
  await keeper.obtain(small);
  expect(readFileSync(await keeper.obtain(other)).equals(artefacts[1] ?? Buffer.of())).toBe(true);
  expect(await store.list()).toEqual([other]);
  expect(problems.at(-1)).toBeUndefined();
  await keeper.stop();
});

test('what is mounted stays; the pod that finds no room is told so, and so is the status', async () => {
  const { keeper, problems, store } = makeKeeper([rootOf(other)]);
  await keeper.obtain(other);
  await expect(keeper.obtain(small)).rejects.toMatchObject({ code: 'build.disk-full' });
  await expect(keeper.obtain(large)).rejects.toMatchObject({ code: 'build.disk-full' });
  expect(problems.at(-1)).toMatch(/^build\.disk-full: /);
  expect(await store.list()).toEqual([other]);
  await keeper.stop();
});
