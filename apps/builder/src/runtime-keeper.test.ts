import { GofleetError } from '@gofleet/base/errors';
import type { GoBuild, GoBuildStatus } from '@gofleet/inject/builds';
import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import { makeBinary, makeBuild, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RecipeBook } from './queue/recipe-book.ts';
import type { BuilderStatus } from './render-status.ts';
import { type Runtime, RuntimeKeeper } from './runtime-keeper.ts';

const image = 'registry.test/operator:1';
const binary = makeBinary(image, {
  buildInfo: 'path\texample.com/operator\nmod\texample.com/operator\tv1.0.0\th1:x=\n',
});
const name = new RecipeBook().nameOf(binary, 'go1.26.8');
const artefact = { sha256: 'b'.repeat(64), sizeBytes: 2 };

let runtimes: Map<string, Runtime>;
let written: BuilderStatus[];
let resolve: (constraint: string) => Promise<{ goVersion: string }>;
let builds: Map<string, GoBuild>;
let onDemand: ReturnType<typeof vi.fn<() => void>>;
let keeper: RuntimeKeeper;

const phases = () => written.map((status) => status.builds[0]?.phase);

function tell(runtime: Runtime): void {
  runtimes.set('demo/operator', runtime);
  keeper.changed(runtime);
}

beforeEach(() => {
  [runtimes, written] = [new Map(), []];
  resolve = async () => ({ goVersion: 'go1.26.8' });
  builds = new Map();
  onDemand = vi.fn();
  keeper = new RuntimeKeeper({
    client: {
      patch: async <T>(_path: string, body: unknown) => {
        written.push((body as { status: BuilderStatus }).status);
        return undefined as T;
      },
    },
    runtimes,
    builds,
    onDemand: () => onDemand(),
    resolve: (constraint) => resolve(constraint),
    log: () => undefined,
  });
});

afterEach(() => keeper.stop());

function buildIs(status: GoBuildStatus): void {
  builds.set(name, makeGoBuild(name, { status }));
  keeper.buildChanged(name);
}

/** A wish of which nothing is resolved yet. */
const fresh = (more: Parameters<typeof makeRuntime>[0] = {}) => {
  const runtime = makeRuntime({ ...more, status: { binaries: [binary], ...more.status } });
  const { resolution: _, ...status } = runtime.status ?? {};
  return { ...runtime, status: { ...status, ...more.status } } as Runtime;
};

test('a wish is resolved, wanted and told; the same status is not written twice', async () => {
  tell(fresh());
  await vi.waitFor(() => expect(phases().at(-1)).toBe('Queued'));
  expect([...keeper.wanted().keys()]).toEqual([name]);
  expect(onDemand).toHaveBeenCalled();
  buildIs({ phase: 'Proving' });
  await vi.waitFor(() => expect(phases().at(-1)).toBe('Proving'));
  buildIs({ phase: 'Ready', grade: 'compiled-equal', artefact });
  await vi.waitFor(() => expect(phases().at(-1)).toBe('Ready'));
  expect(written.at(-1)).toMatchObject({
    resolution: { requested: '1.26.8', goVersion: 'go1.26.8' },
    builds: [{ build: name, binary: binary.sha256, artefact: artefact.sha256, grade: 'compiled-equal' }],
  });
  const count = written.length;
  tell(fresh({ status: { exceptions: [] } }));
  keeper.buildChanged('another');
  await new Promise((wake) => setTimeout(wake, 50));
  expect(written).toHaveLength(count);
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
  builds.set(name, makeGoBuild(name, { status: { phase: 'Ready', grade: 'proven', artefact } }));
  tell(makeRuntime({ status: { binaries: [binary], builds: [build] } }) as Runtime);
  await vi.waitFor(() => expect(written.length).toBeGreaterThan(0));
  expect(written[0]).toMatchObject({ resolution: { goVersion: 'go1.26.8' }, builds: [{ phase: 'Ready' }] });
});
