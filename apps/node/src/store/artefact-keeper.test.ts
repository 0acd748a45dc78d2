import { fakeSha256, makeReadyRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test, vi } from 'vitest';
import { ArtefactKeeper, wantedArtefacts } from './artefact-keeper.ts';

test('ready artefacts are fetched ahead; what is in no wish and no pod is removed', async () => {
  const runtime = makeReadyRuntime('registry.test/operator:1');
  const [wanted = ''] = wantedArtefacts([runtime]);
  const [mounted, stale] = [fakeSha256('mounted'), fakeSha256('stale')];
  const root = `/store/sha256/${mounted.slice(0, 2)}/${mounted.slice(2)}`;
  const runtimes = new Map([['demo/operator', runtime]]);
  const [obtained, removed, told]: [string[], string[], string[]] = [[], [], []];
  const keeper = new ArtefactKeeper({
    store: {
      get: async (sha256) => ({ path: `/store/${sha256}`, sha256, sizeBytes: 1 }),
      list: async () => [wanted, mounted, stale],
      remove: async (artefact) => void removed.push(artefact),
    },
    obtain: async (artefact) => {
      obtained.push(artefact);
      return '';
    },
    ...{ runtimes, wanted: wantedArtefacts },
    readMounts: async () => [{ root, mountPoint: '/pods/x/mount', options: ['ro'], fileSystem: 'ext4' }],
    ...{ maxBytes: 10, isSound: async () => true, onProblem: () => undefined },
    onFetched: (artefact) => told.push(artefact),
    log: () => undefined,
  });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  keeper.runtimesChanged('added');
  keeper.runtimesChanged('deleted');
  await vi.advanceTimersByTimeAsync(6000);
  expect(new Set(obtained)).toEqual(new Set([wanted]));
  expect(told).toEqual([wanted]);
  expect([wanted, stale].map((artefact) => keeper.isFetched(artefact))).toEqual([true, false]);
  expect(removed).toEqual([stale]);
  vi.useRealTimers();
  await keeper.stop();
});

test.each([
  [
    'is not what its name says',
    (sha256: string) => ({ path: `/store/${sha256}`, sha256: sha256 as never, sizeBytes: 1 }),
  ],
  ['the store itself found damaged', () => undefined],
])('everything is read afresh now and then; what %s is fetched again', async (_, found) => {
  const runtime = makeReadyRuntime('registry.test/operator:1');
  const [wanted = ''] = wantedArtefacts([runtime]);
  const [calls, problems]: [string[], unknown[]] = [[], []];
  const keeper = new ArtefactKeeper({
    store: {
      get: async (sha256) => found(sha256),
      list: async () => [wanted],
      remove: async (artefact) => void calls.push(`remove ${artefact}`),
    },
    obtain: async (artefact) => {
      calls.push(`obtain ${artefact}`);
      return '';
    },
    ...{ runtimes: new Map([['demo/operator', runtime]]), readMounts: async () => [], maxBytes: 10 },
    ...{ wanted: wantedArtefacts, isSound: async () => false, recheckEveryMs: 20 },
    ...{ onFetched: () => undefined, onProblem: (problem) => problems.push(problem), log: () => undefined },
  });
  await vi.waitFor(() => expect(calls.slice(0, 2)).toEqual([`remove ${wanted}`, `obtain ${wanted}`]));
  expect(problems.at(-1)).toBeUndefined();
  await keeper.stop();
});
