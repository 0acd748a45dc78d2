import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArtefactStore } from '@gofleet/build/ports';
import { createArtefactStore } from '@gofleet/filesystem/artefact-store';
import { type GoBuild, type GoBuildSpec, goBuildsPath, takeBuild } from '@gofleet/inject/builds';
import { createReflector, type Reflector } from '@gofleet/kube/reflector';
import { FakeObjectApi } from '@gofleet/testkit/fake-object-api';
import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BuildKeeper } from './build-keeper.ts';
import { resultOf } from './result-of.ts';

let dir: string;
let api: FakeObjectApi;
let store: ArtefactStore;
let builds: Reflector<GoBuild>;
let wanted: Map<string, GoBuildSpec>;
let keeper: BuildKeeper;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'gofleet-keeper-'));
  [api, wanted] = [new FakeObjectApi(), new Map()];
  store = createArtefactStore({ dir });
  builds = createReflector<GoBuild>({
    client: api as never,
    path: goBuildsPath,
    onChange: (_change, build, previous) => keeper.buildChanged(build, previous),
  });
  keeper = new BuildKeeper({
    ...{ client: api, builds: builds.store, wanted: () => wanted, store, retentionMs: 3_600_000 },
    log: () => undefined,
  });
  builds.start();
  await builds.synced;
});
afterEach(async () => {
  builds.stop();
  await keeper.stop();
  rmSync(dir, { recursive: true });
});

const read = (name: string) => api.get<GoBuild>(`${goBuildsPath}/${name}`);
const want = (...all: readonly GoBuild[]) => {
  wanted = new Map(all.map(({ metadata, spec }) => [metadata.name, spec]));
  keeper.wishesChanged();
};

/** A build that is ready, its artefact in the store when asked. */
async function makeReady(isThere: boolean): Promise<GoBuild> {
  const content = (async function* () {
    yield Buffer.from('an executable');
  })();
  const { sha256, sizeBytes } = await store.put(content);
  if (!isThere) await store.remove(sha256);
  const reproduction = { equal: true, segments: [], differences: [] };
  const artefact = { sha256, sizeBytes };
  return makeGoBuild('a', { status: { phase: 'Ready', grade: 'proven', reproduction, artefact } });
}

test('what is wanted comes, changes and goes', async () => {
  want(makeGoBuild('a'));
  await vi.waitFor(async () => expect((await read('a')).spec.priority).toBe(0));
  want(makeGoBuild('a', { spec: { priority: 7 } }));
  await vi.waitFor(async () => expect((await read('a')).spec.priority).toBe(7));
  want();
  await vi.waitFor(() => expect(read('a')).rejects.toMatchObject({ code: 'kube.not-found' }));
});

test('one that somebody deletes although it is wanted comes back', async () => {
  want(makeGoBuild('a'));
  await vi.waitFor(() => read('a'));
  const { metadata } = await read('a');
  await api.delete(`${goBuildsPath}/a`);
  await vi.waitFor(async () => expect((await read('a')).metadata.uid).not.toBe(metadata.uid));
});

test('what the store has made before is ready at once', async () => {
  const ready = await makeReady(true);
  await store.recordBuild(ready.spec.recipe, resultOf(ready));
  want(makeGoBuild('a'));
  await vi.waitFor(async () =>
    expect((await read('a')).status).toMatchObject({ phase: 'Ready', grade: 'proven' }),
  );
});

test('what was handed in is remembered by its recipe', async () => {
  const ready = await makeReady(true);
  want(ready);
  const created = await vi.waitFor(() => read('a'));
  await api.update(`${goBuildsPath}/a/status`, { ...created, status: ready.status });
  await vi.waitFor(async () => expect(await store.findBuild(ready.spec.recipe)).toBeDefined());
});

test('an artefact that is lost is built again, and counts meanwhile; a worker that is at it is left alone', async () => {
  const ready = await makeReady(false);
  want(ready);
  const created = await vi.waitFor(() => read('a'));
  await api.update(`${goBuildsPath}/a/status`, { ...created, status: ready.status });
  await vi.waitFor(async () => expect((await read('a')).status?.phase).toBe('Queued'));
  const { artefact } = ready.status ?? {};
  expect((await read('a')).status).toMatchObject({ artefact });

  const lost = await read('a');
  const taken = takeBuild(lost, { holder: 'w', leaseSeconds: 30, now: new Date() });
  await api.update(`${goBuildsPath}/a/status`, { ...lost, status: taken });
  expect(keeper.artefactMissing(artefact?.sha256 ?? '')).toBe(true);
  expect(keeper.artefactMissing('0'.repeat(64))).toBe(false);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await read('a')).status?.claim?.holder).toBe('w');
});
