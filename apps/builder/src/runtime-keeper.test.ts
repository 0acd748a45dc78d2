import { GofleetError } from '@gofleet/base/errors';
import type { RelinkResult } from '@gofleet/build/relink';
import { makeBinary, makeBuild, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BuildQueue } from './build-queue.ts';
import type { BuilderStatus } from './render-status.ts';
import { type Runtime, RuntimeKeeper } from './runtime-keeper.ts';

const image = 'registry.test/operator:1';
const binary = makeBinary(image, {
  buildInfo: 'path\texample.com/operator\nmod\texample.com/operator\tv1.0.0\th1:x=\n',
});
const result = {
  artefact: { sha256: 'b'.repeat(64), sizeBytes: 2, grade: 'compiled-equal' },
  reproduction: {},
} as unknown as RelinkResult;

let runtimes: Map<string, Runtime>;
let written: BuilderStatus[];
let resolve: (constraint: string) => Promise<{ goVersion: string }>;
let builds: BuildQueue;
let keeper: RuntimeKeeper;

const phases = () => written.map((status) => status.builds[0]?.phase);

function tell(runtime: Runtime): void {
  runtimes.set('demo/operator', runtime);
  keeper.changed(runtime);
}

beforeEach(() => {
  [runtimes, written] = [new Map(), []];
  resolve = async () => ({ goVersion: 'go1.26.8' });
  builds = new BuildQueue({
    relink: async () => result,
    concurrency: 1,
    onChange: (key) => keeper.buildChanged(key),
    log: () => undefined,
  });
  keeper = new RuntimeKeeper({
    client: {
      patch: async <T>(_path: string, body: unknown) => {
        written.push((body as { status: BuilderStatus }).status);
        return undefined as T;
      },
    },
    runtimes,
    builds,
    resolve: (constraint) => resolve(constraint),
    log: () => undefined,
  });
});

afterEach(() => Promise.all([builds.stop(), keeper.stop()]));

/** A wish of which nothing is resolved yet. */
const fresh = (more: Parameters<typeof makeRuntime>[0] = {}) => {
  const runtime = makeRuntime({ ...more, status: { binaries: [binary], ...more.status } });
  const { resolution: _, ...status } = runtime.status ?? {};
  return { ...runtime, status: { ...status, ...more.status } } as Runtime;
};

test('a wish is resolved, built and told; the same status is not written twice', async () => {
  tell(fresh());
  await vi.waitFor(() => expect(phases().at(-1)).toBe('Ready'));
  expect(written.at(-1)).toMatchObject({
    resolution: { requested: '1.26.8', goVersion: 'go1.26.8' },
    builds: [{ binary: binary.sha256, artefact: 'b'.repeat(64), grade: 'compiled-equal' }],
  });
  const count = written.length;
  tell(fresh({ status: { pods: [] } }));
  await new Promise((wake) => setTimeout(wake, 50));
  expect(written).toHaveLength(count);
});

test('too little evidence for this wish is a failure with its reason', async () => {
  tell(fresh({ spec: { minimumGrade: 'proven' } }));
  await vi.waitFor(() => expect(phases().at(-1)).toBe('Failed'));
  expect(written.at(-1)?.builds[0]?.message).toContain('spec.minimumGrade asks for proven');
});

test('a release that does not exist is told, and nothing is built', async () => {
  resolve = async () => {
    throw new GofleetError('resolve.no-such-go-version', 'no Go release for "1.26.8"');
  };
  tell(fresh());
  await vi.waitFor(() => expect(written).toHaveLength(1));
  expect(written[0]).toEqual({
    resolution: { requested: '1.26.8', problem: 'no Go release for "1.26.8"' },
    builds: [],
  });
});

test('what an earlier run found stands while the proxy is away', async () => {
  resolve = async () => {
    throw new GofleetError('resolve.proxy-unreachable', 'no answer', { retry: 'later' });
  };
  const build = makeBuild(binary);
  tell(makeRuntime({ status: { binaries: [binary], builds: [build] } }) as Runtime);
  await vi.waitFor(() => expect(written.length).toBeGreaterThan(0));
  expect(written[0]).toMatchObject({ resolution: { goVersion: 'go1.26.8' }, builds: [{ phase: 'Ready' }] });
});
