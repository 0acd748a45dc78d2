import { GofleetError } from '@gofleet/base/errors';
import { type GoBuild, goBuildsPath } from '@gofleet/inject/builds';
import { FakeObjectApi } from '@gofleet/testkit/fake-object-api';
import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import { expect, test, vi } from 'vitest';
import { Publisher, type Push } from './publisher.ts';

async function publish(push: Push) {
  const api = new FakeObjectApi();
  const artefact = { sha256: 'b'.repeat(64), sizeBytes: 2 };
  const created = await api.create<GoBuild>(goBuildsPath, makeGoBuild('a'));
  const status = { phase: 'Ready', grade: 'proven', artefact } as const;
  const build = await api.update<GoBuild>(`${goBuildsPath}/a/status`, { ...created, status });
  const publisher = new Publisher({
    ...{ client: api, builds: new Map([['a', build]]), push, log: () => undefined },
    store: { get: async (sha256) => ({ path: '/stored', sha256, sizeBytes: 2 }) },
  });
  publisher.changed(build, created);
  const told = await vi.waitFor(async () => {
    const { status: now } = await api.get<GoBuild>(`${goBuildsPath}/a`);
    const published = now?.conditions?.find(({ type }) => type === 'Published');
    expect(published).toBeDefined();
    return { ...now, published };
  });
  await publisher.stop();
  return told;
}

test('what is ready is pushed from the store, under its recipe, and says where', async () => {
  const push = vi.fn<Push>(async () => 'registry.example/a@sha256:1');
  const told = await publish(push);
  expect(told).toMatchObject({
    artefact: { image: 'registry.example/a@sha256:1' },
    published: { status: 'True' },
  });
  expect(push.mock.calls[0]).toMatchObject([
    { artefact: { path: '/stored' } },
    { tag: makeGoBuild('a').spec.recipe, arch: makeGoBuild('a').spec.original.arch },
  ]);
});

test('a registry that refuses is told; the build stays ready', async () => {
  const told = await publish(async () => {
    throw new GofleetError('oci.registry-refused', 'DENIED: quota exceeded');
  });
  expect(told).toMatchObject({ phase: 'Ready', published: { status: 'False', reason: 'Refused' } });
  expect(told.published?.message).toContain('quota exceeded');
});
