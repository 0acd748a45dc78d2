import { GofleetError } from '@gofleet/base/errors';
import { attestBuild, type GoBuild, goBuildsPath } from '@gofleet/inject/builds';
import { FakeObjectApi } from '@gofleet/testkit/fake-object-api';
import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import { expect, test, vi } from 'vitest';
import { Publisher, type Push } from './publisher.ts';

const envelope = '{"payload":""}\n';

async function open(push: Push) {
  const api = new FakeObjectApi();
  const artefact = { sha256: 'b'.repeat(64), sizeBytes: 2 };
  const created = await api.create<GoBuild>(goBuildsPath, makeGoBuild('a'));
  const status = { phase: 'Ready', grade: 'proven', artefact } as const;
  const build = await api.update<GoBuild>(`${goBuildsPath}/a/status`, { ...created, status });
  const builds = new Map([['a', build]]);
  const publisher = new Publisher({
    ...{ client: api, builds, push, log: () => undefined },
    store: { get: async (sha256) => ({ path: '/stored', sha256, sizeBytes: 2 }) },
    attestations: { find: async () => ({ path: '/envelope', text: envelope }) },
  });
  publisher.changed(build, created);
  const told = (isMeant: (build: GoBuild) => boolean) =>
    vi.waitFor(async () => {
      const now = await api.get<GoBuild>(`${goBuildsPath}/a`);
      expect(isMeant(now)).toBe(true);
      return now;
    });
  return { api, builds, publisher, told };
}

const published = ({ status }: GoBuild) => status?.conditions?.find(({ type }) => type === 'Published');

test('what is ready is pushed from the store, under its recipe; once more when it is signed, with its attestation', async () => {
  const push = vi.fn<Push>(async (_, { attestation }) => ({
    image: 'registry.example/a@sha256:1',
    ...(attestation === undefined ? {} : { attestation: 'registry.example/a@sha256:2' }),
  }));
  const { api, builds, publisher, told } = await open(push);
  const unsigned = await told((build) => published(build) !== undefined);
  expect(unsigned.status?.artefact?.image).toBe('registry.example/a@sha256:1');
  expect(published(unsigned)).toMatchObject({ status: 'True' });
  const { spec } = makeGoBuild('a');
  expect(push.mock.calls[0]).toEqual([
    expect.objectContaining({ artefact: expect.objectContaining({ path: '/stored' }) }),
    { tag: spec.recipe, arch: spec.original.arch },
  ]);

  const status = attestBuild(unsigned, { keyId: 'c'.repeat(64) }, new Date());
  const signed = await api.update<GoBuild>(`${goBuildsPath}/a/status`, { ...unsigned, status });
  builds.set('a', signed);
  publisher.changed(signed, unsigned);
  const done = await told((build) => build.status?.attestation?.image !== undefined);
  expect(done.status?.attestation).toEqual({ keyId: 'c'.repeat(64), image: 'registry.example/a@sha256:2' });
  expect(push.mock.calls[1]?.[1].attestation).toBe(envelope);
  builds.set('a', done);
  publisher.changed(done, signed);
  await publisher.stop();
  expect(push).toHaveBeenCalledTimes(2);
});

test('a registry that refuses is told; the build stays ready', async () => {
  const { publisher, told } = await open(async () => {
    throw new GofleetError('oci.registry-refused', 'DENIED: quota exceeded');
  });
  const refused = await told((build) => published(build) !== undefined);
  await publisher.stop();
  expect(refused.status?.phase).toBe('Ready');
  expect(published(refused)).toMatchObject({ status: 'False', reason: 'Refused' });
  expect(published(refused)?.message).toContain('quota exceeded');
});
