import { GofleetError } from '@gofleet/base/errors';
import type { RelinkResult } from '@gofleet/build/relink';
import type { ObservedBinary } from '@gofleet/inject/go-runtime';
import { expect, test, vi } from 'vitest';
import { BuildQueue, type Relink } from './build-queue.ts';
import { buildKey, type WantedBuild } from './wanted-builds.ts';

const binary: ObservedBinary = {
  image: 'registry.test/x:1',
  path: '/x',
  sha256: 'a'.repeat(64),
  sizeBytes: 1,
  imageId: '',
  goVersion: 'go1.21.5',
  os: 'linux',
  arch: 'amd64',
  buildId: '',
  package: 'example.test/x',
  buildInfo: 'path\texample.test/x\nmod\texample.test/x\tv1.0.0\th1:x=\n',
};
const key = buildKey(binary.sha256, 'go1.26.8');
const wanted = (minimumGrade: WantedBuild['minimumGrade'] = 'compiled-equal') =>
  new Map([[key, { binary, goVersion: 'go1.26.8', minimumGrade }]]);

const result = {
  artefact: {
    path: '',
    sha256: 'b'.repeat(64),
    sizeBytes: 2,
    goVersion: 'go1.26.8',
    grade: 'proven',
    changes: [],
  },
  reproduction: { grade: 'proven' },
} as unknown as RelinkResult;

function queueOf(relink: Relink) {
  const phases: string[] = [];
  const queue = new BuildQueue({
    relink,
    concurrency: 1,
    onChange: (changed) => phases.push(queue.states.get(changed)?.phase ?? ''),
    log: () => undefined,
  });
  return { queue, phases };
}

test('a build goes through its phases once, however often it is wanted', async () => {
  const relink = vi.fn<Relink>(async (_original, _wanted, onProgress) => {
    onProgress('Proving', 'proving');
    onProgress('Building', 'building');
    return result;
  });
  const { queue, phases } = queueOf(relink);
  queue.want(wanted());
  queue.want(wanted());
  await vi.waitFor(() => expect(phases).toEqual(['Proving', 'Building', 'Ready']));
  expect(relink).toHaveBeenCalledTimes(1);
  expect(queue.states.get(key)).toMatchObject({ phase: 'Ready', grade: 'proven', artefact: 'b'.repeat(64) });

  expect(queue.rebuild('c'.repeat(64))).toBe(false);
  expect(queue.rebuild('b'.repeat(64))).toBe(true);
  await vi.waitFor(() => expect(relink).toHaveBeenCalledTimes(2));
  await queue.stop();
});

test('a compile error is final and told with its first lines; less demanded evidence is a new try', async () => {
  const failure = new GofleetError('build.compile-failed', 'x does not compile with go1.26.8', {
    facts: { firstLines: './x.go:1: undefined: y' },
  });
  const relink = vi.fn<Relink>(() => Promise.reject(failure));
  const { queue, phases } = queueOf(relink);
  queue.want(wanted());
  await vi.waitFor(() => expect(phases).toEqual(['Failed']));
  expect(queue.states.get(key)?.message).toContain('./x.go:1: undefined: y');
  queue.want(wanted());
  queue.want(wanted('claimed'));
  await vi.waitFor(() => expect(relink).toHaveBeenCalledTimes(2));
  await queue.stop();
});

test('what may pass by itself is queued again; what an earlier run said stands until then', async () => {
  const away = new GofleetError('build.proxy-unreachable', 'the proxy is away', { retry: 'later' });
  const { queue, phases } = queueOf(() => Promise.reject(away));
  const ready = { binary: binary.sha256, goVersion: 'go1.26.8', phase: 'Ready', grade: 'proven' } as const;
  queue.want(wanted(), () => ready);
  expect(queue.states.get(key)).toBe(ready);
  await vi.waitFor(() => expect(phases).toEqual(['Queued']));
  expect(queue.states.get(key)?.message).toContain('tried again in');
  await queue.stop();
});
