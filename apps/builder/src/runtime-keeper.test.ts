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
let digestsOf: (goVersion: string) => Promise<readonly string[]>;
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
  digestsOf = async () => [];
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
    digestsOf: (goVersion) => digestsOf(goVersion),
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

const [pinned, other] = [`h1:${'a'.repeat(43)}=`, `h1:${'b'.repeat(43)}=`];

/** A wish that follows a channel that pins its release. */
const following = (digest: string | undefined, more: Runtime['status'] = {}) => {
  const declaration = { goVersion: '1.26.8', ...(digest === undefined ? {} : { digest }) };
  return fresh({ spec: { runtime: { channel: 'stable' } }, status: { declaration, ...more } });
};

test('a channel that pins its release: what the checksum database has must be that', async () => {
  digestsOf = async (goVersion) => (goVersion === 'go1.26.8' ? [pinned] : []);
  tell(following(pinned));
  await vi.waitFor(() => expect(phases().at(-1)).toBe('Queued'));
  expect(written.at(-1)?.resolution).toEqual({ requested: '1.26.8', digest: pinned, goVersion: 'go1.26.8' });
});

test('a release of another digest is not built, and both digests are named; correcting the channel is enough', async () => {
  digestsOf = async () => [other];
  tell(following(pinned));
  await vi.waitFor(() => expect(written).toHaveLength(1));
  const { resolution, builds: none } = written[0] as BuilderStatus;
  expect(resolution).toMatchObject({ requested: '1.26.8', digest: pinned });
  expect(resolution.goVersion).toBeUndefined();
  expect(resolution.problem).toContain(`GoChannel stable pins the digest ${pinned}`);
  expect(resolution.problem).toContain(`has ${other}: correct the channel`);
  expect([none, keeper.wanted().size]).toEqual([[], 0]);
  tell(following(other));
  await vi.waitFor(() =>
    expect(written.at(-1)?.resolution).toMatchObject({ goVersion: 'go1.26.8', digest: other }),
  );
});

test('what was confirmed is not asked again; what was confirmed of no pin, or of another, is', async () => {
  digestsOf = vi.fn(async () => [pinned]);
  const resolved = { requested: '1.26.8', goVersion: 'go1.26.8' };
  const earlier = [
    following(pinned, { resolution: resolved }),
    following(pinned, { resolution: { ...resolved, digest: other } }),
  ];
  for (const runtime of earlier) {
    written.length = 0;
    tell(runtime);
    await vi.waitFor(() => expect(written.at(-1)?.resolution.digest).toBe(pinned));
    keeper.removed(runtime);
  }
  expect(digestsOf).toHaveBeenCalledTimes(2);
  tell(following(pinned, { resolution: { ...resolved, digest: pinned } }));
  expect([...keeper.wanted().keys()]).toEqual([name]);
});

test('a checksum database that is away is asked again, and nothing is built meanwhile', async () => {
  digestsOf = async () => {
    throw new GofleetError('resolve.proxy-unreachable', 'no answer', { retry: 'later' });
  };
  tell(following(pinned));
  await vi.waitFor(() => expect(written.at(-1)?.resolution.problem).toBe('no answer; tried again'));
  expect(keeper.wanted().size).toBe(0);
});
