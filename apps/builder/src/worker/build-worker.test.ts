import { GofleetError } from '@gofleet/base/errors';
import type { RelinkResult } from '@gofleet/build/relink';
import { type GoBuild, goBuildsPath } from '@gofleet/inject/builds';
import { createReflector } from '@gofleet/kube/reflector';
import { FakeObjectApi } from '@gofleet/testkit/fake-object-api';
import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BuildWorker } from './build-worker.ts';
import type { Relink } from './relink.ts';

let api: FakeObjectApi;
let stops: (() => unknown)[];
beforeEach(() => {
  [api, stops] = [new FakeObjectApi(), []];
});
afterEach(() => Promise.all(stops.map((stop) => stop())));

const result = {
  artefact: { path: '/x', sha256: 'b'.repeat(64), sizeBytes: 2, changes: [] },
  reproduction: { equal: true, segments: [], grade: 'proven', differences: [] },
} as unknown as RelinkResult;

interface Started {
  /** Gives back what is unfinished, and ends. */
  stop(): Promise<void>;
  /** What the API server does with the worker's requests. */
  api: 'answers' | 'is away' | 'is silent';
}

/** Starts a worker as a process would be: it sees the API server by a watch of its own. */
async function start(
  name: string,
  relink: Relink,
  more: { leaseSeconds?: number; idleMs?: number; isInvalid?: (build: GoBuild) => boolean } = {},
): Promise<Started> {
  const abort = new AbortController();
  const started: Started = { api: 'answers', stop: async () => undefined };
  const client = {
    get: <T>(path: string) => reach(() => api.get<T>(path)),
    update: <T>(path: string, body: unknown) =>
      reach(async () => {
        if (more.isInvalid?.(body as GoBuild))
          throw new GofleetError('kube.invalid', 'status.artefact: Invalid value', { retry: 'never' });
        return await api.update<T>(path, body);
      }),
  };
  const reach = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (started.api === 'is silent')
      await vi.waitUntil(() => started.api !== 'is silent', { timeout: 20_000 });
    if (started.api === 'answers') return await ask();
    throw new GofleetError('kube.unreachable', 'cut off', { retry: 'later' });
  };
  const builds = createReflector<GoBuild>({
    client: api as never,
    path: goBuildsPath,
    onChange: (change, build) => worker.changed(change, build),
  });
  const worker = new BuildWorker({
    ...{ client, builds: builds.store, name, concurrency: 1, relink, leaseSeconds: more.leaseSeconds ?? 30 },
    handIn: async (artefact) => {
      const all = [...builds.store.values()];
      await vi.waitFor(() =>
        expect(
          all.concat(...builds.store.values()).some(({ status }) => status?.announced === artefact.sha256),
        ).toBe(true),
      );
    },
    log: () => undefined,
  });
  builds.start();
  await builds.synced;
  const running = worker.run(abort.signal, more.idleMs);
  started.stop = async () => {
    abort.abort();
    await running;
    builds.stop();
  };
  stops.push(started.stop);
  return started;
}

const statusOf = async (name: string) => (await api.get<GoBuild>(`${goBuildsPath}/${name}`)).status;
const untilPhase = (name: string, phase: string, timeout = 5000) =>
  vi.waitFor(async () => expect((await statusOf(name))?.phase).toBe(phase), { timeout });

/** A relink that ends only with its signal. */
const endless: Relink = (_original, _wanted, { signal }) =>
  new Promise((_, reject) => {
    const end = () => reject(new GofleetError('process.aborted', 'ended'));
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });

test('two workers make every build once, those of the highest priority first', async () => {
  const priorities = new Map(Array.from({ length: 20 }, (_, index) => [`build-${index}`, (index * 7) % 20]));
  for (const [name, priority] of priorities)
    await api.create(goBuildsPath, makeGoBuild(name, { spec: { priority } }));
  const made: string[] = [];
  const relink: Relink = async ({ package: path }) => {
    made.push(path.replace('example.com/', ''));
    return result;
  };
  await Promise.all([start('one', relink), start('two', relink)]);
  for (const name of priorities.keys()) await untilPhase(name, 'Ready');
  expect(new Set(made).size).toBe(20);
  expect(made).toHaveLength(20);
  const order = made.map((name) => priorities.get(name) ?? 0);
  // Two at a time: neighbours may be told in either order.
  for (const [index, priority] of order.entries())
    expect(Math.abs(19 - index - priority)).toBeLessThanOrEqual(1);
  expect(await statusOf('build-3')).toMatchObject({
    attempts: 1,
    grade: 'proven',
    artefact: { sha256: 'b'.repeat(64) },
  });
});

test.each(['is away', 'is silent'] as const)(
  'the API server %s for a worker: it stops building before another takes over, and cannot speak for it any more',
  async (state) => {
    await api.create(goBuildsPath, makeGoBuild('a'));
    const ended = vi.fn();
    const first = await start(
      'one',
      (original, wanted, run) => endless(original, wanted, run).finally(ended),
      {
        leaseSeconds: 1,
      },
    );
    await untilPhase('a', 'Proving');
    let wasEnded: number | undefined;
    await start(
      'two',
      async () => {
        wasEnded = ended.mock.calls.length;
        return result;
      },
      { leaseSeconds: 1 },
    );
    first.api = state;
    await untilPhase('a', 'Ready', 10_000);
    expect(wasEnded).toBe(1);
    first.api = 'answers';
    await first.stop();
    expect(await statusOf('a')).toMatchObject({ phase: 'Ready', attempts: 2, worker: 'two' });
  },
);

test('a worker that is stopped gives its build back at once', async () => {
  await api.create(goBuildsPath, makeGoBuild('a'));
  const first = await start('one', endless);
  await untilPhase('a', 'Proving');
  await first.stop();
  expect(await statusOf('a')).toMatchObject({ phase: 'Queued', message: 'its worker was stopped' });
  await start('two', async () => result);
  await untilPhase('a', 'Ready');
  expect((await statusOf('a'))?.lost).toBeUndefined();
});

test('progress and the end of the log are told; a compile error ends it', async () => {
  await api.create(goBuildsPath, makeGoBuild('a'));
  const failure = new GofleetError('build.compile-failed', 'no', {
    facts: { firstLines: './x.go:1: undefined: y' },
  });
  let fail: (error: Error) => void = () => undefined;
  await start(
    'one',
    (_original, _wanted, { onProgress }) => {
      for (let line = 0; line < 100; line += 1)
        onProgress({ phase: 'Proving', step: 'proving', message: `line ${line}` });
      onProgress({ phase: 'Building', step: 'building with go1.26.8' });
      return new Promise((_, reject) => {
        fail = reject;
      });
    },
    { leaseSeconds: 1 },
  );
  await untilPhase('a', 'Building');
  const status = await statusOf('a');
  expect(status?.message).toBe('building with go1.26.8');
  expect(status?.log?.at(-1)).toBe('line 99');
  expect(status?.log).toHaveLength(40);
  fail(failure);
  await untilPhase('a', 'Failed');
  expect((await statusOf('a'))?.message).toContain('./x.go:1: undefined: y');
});

test('a spec that changes meanwhile, and an API server that is away for a moment, do no harm', async () => {
  await api.create(goBuildsPath, makeGoBuild('a'));
  let finish: () => void = () => undefined;
  const worker = await start(
    'one',
    () =>
      new Promise((resolve) => {
        finish = () => resolve(result);
      }),
  );
  await untilPhase('a', 'Proving');
  await api.patch(`${goBuildsPath}/a`, makeGoBuild('a', { spec: { priority: 9 } }), { type: 'apply' });
  worker.api = 'is away';
  finish();
  setTimeout(() => {
    worker.api = 'answers';
  }, 300);
  await untilPhase('a', 'Ready');
  expect(await api.get(`${goBuildsPath}/a`)).toMatchObject({
    spec: { priority: 9 },
    status: { attempts: 1 },
  });
});

test('a result that the API server takes for invalid is told, and tried again: its definitions may be older than the builder', async () => {
  await api.create(goBuildsPath, makeGoBuild('odd'));
  let isOld = true;
  await start('w', async () => result, {
    isInvalid: ({ status }) => isOld && status?.artefact !== undefined,
  });
  await vi.waitFor(async () => expect((await statusOf('odd'))?.code).toBe('build.result-refused'));
  const { phase, message, claim } = (await statusOf('odd')) ?? {};
  expect({ phase, claim }).toEqual({ phase: 'Queued', claim: undefined });
  expect(message).toMatch(/status\.artefact: Invalid value.*gofleet install/);
  isOld = false;
  await untilPhase('odd', 'Ready', 10_000);
});

test('a build of which the API server takes no status does not hold up the others', async () => {
  await api.create(goBuildsPath, makeGoBuild('odd', { spec: { priority: 1 } }));
  await api.create(goBuildsPath, makeGoBuild('even'));
  await start('w', async () => result, { isInvalid: ({ metadata }) => metadata.name === 'odd' });
  await untilPhase('even', 'Ready');
  expect((await statusOf('odd'))?.claim).toBeUndefined();
});

test('a build that is deleted is dropped', async () => {
  await api.create(goBuildsPath, makeGoBuild('a'));
  const ended = vi.fn();
  await start('one', (original, wanted, run) => endless(original, wanted, run).finally(ended), {
    leaseSeconds: 1,
  });
  await untilPhase('a', 'Proving');
  await api.delete(`${goBuildsPath}/a`);
  await vi.waitFor(() => expect(ended).toHaveBeenCalled(), { timeout: 5000 });
});

test('a worker without work ends', async () => {
  const worker = await start('one', endless, { idleMs: 50 });
  await worker.stop();
});
