import { GofleetError } from '@gofleet/base/errors';
import type { GoRuntime } from '@gofleet/inject/go-runtime';
import type { ToolchainStatus } from '@gofleet/inject/toolchain';
import { fakeSha256, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Runtime } from './runtime-keeper.ts';
import { ToolchainKeeper } from './toolchain-keeper.ts';

let runtimes: Map<string, Runtime>;
let keeper: ToolchainKeeper;
let fetched: string[];
let written: { status: { resolution: object; toolchain: ToolchainStatus } }[];
let fetching: () => Promise<void>;

const shim = fakeSha256('shim');

beforeEach(() => {
  runtimes = new Map();
  [fetched, written] = [[], []];
  fetching = async () => undefined;
  keeper = new ToolchainKeeper({
    client: {
      patch: async (_path: string, body: unknown) => {
        written.push(body as (typeof written)[number]);
        return body as never;
      },
    },
    runtimes,
    store: { put: async () => ({ path: '', sha256: shim, sizeBytes: 1 }) },
    resolve: async (constraint) => {
      if (constraint.startsWith('1.99'))
        throw new GofleetError('resolve.no-such-go-version', `no Go release for "${constraint}"`);
      return { goVersion: constraint === '1.25' ? 'go1.25.3' : `go${constraint}` };
    },
    fetchToolchain: async (goVersion) => {
      await fetching();
      fetched.push(goVersion);
      return { artefact: fakeSha256(goVersion), sizeBytes: 7, h1: `h1:${goVersion}`, arch: 'amd64' };
    },
    readShim: async () => new Uint8Array([1]),
    log: () => undefined,
  });
});
afterEach(() => keeper.stop());

function add(releases: readonly string[], toolchain?: ToolchainStatus, name = 'operator'): Runtime {
  const status: GoRuntime['status'] = toolchain ? { toolchain } : {};
  const spec = { mode: 'toolchain', toolchain: { releases } } as const;
  const runtime = makeRuntime({ metadata: { name }, spec, status }) as Runtime;
  runtimes.set(`demo/${name}`, runtime);
  keeper.changed(runtime);
  return runtime;
}

const lastStatus = () => written.at(-1)?.status;
const ready = (requested: string, goVersion: string) => ({
  ...{ requested, goVersion, artefact: fakeSha256(goVersion), sizeBytes: 7, h1: `h1:${goVersion}` },
  arch: 'amd64',
});

test('each release is resolved, fetched and told, the default as resolution too', async () => {
  add(['1.25']);
  await vi.waitFor(() => expect(written).toHaveLength(1));
  expect(lastStatus()).toEqual({
    resolution: { requested: '1.26.8', goVersion: 'go1.26.8' },
    toolchain: { shim, releases: [ready('1.26.8', 'go1.26.8'), ready('1.25', 'go1.25.3')] },
  });
});

test('two wishes for one release share a fetch', async () => {
  let release: () => void = () => undefined;
  fetching = () =>
    new Promise((resolve) => {
      release = resolve;
    });
  add([]);
  add([], undefined, 'other');
  await new Promise((resolve) => setTimeout(resolve, 20));
  release();
  await vi.waitFor(() => expect(written).toHaveLength(2));
  expect(fetched).toEqual(['go1.26.8']);
});

test('what was fetched before is not fetched again, and stays', async () => {
  add(['1.25'], { shim, releases: [ready('1.26.8', 'go1.26.8'), ready('1.25', 'go1.25.3')] });
  await vi.waitFor(() => expect(written).toHaveLength(1));
  expect(fetched).toEqual([]);
});

test('what a builder of before has fetched is fetched for its processor to be told, and stays when it cannot be', async () => {
  const { arch: _, ...before } = ready('1.26.8', 'go1.26.8');
  add([], { shim, releases: [before] });
  await vi.waitFor(() => expect(lastStatus()?.toolchain.releases).toEqual([ready('1.26.8', 'go1.26.8')]));
  fetching = () =>
    Promise.reject(new GofleetError('resolve.proxy-unreachable', 'no answer', { retry: 'later' }));
  add([], { shim, releases: [before] }, 'other');
  await vi.waitFor(() => expect(lastStatus()?.toolchain.releases).toEqual([before]));
});

test('a release that does not exist says so, and the others are there', async () => {
  add(['1.99.1']);
  await vi.waitFor(() => expect(written).toHaveLength(1));
  expect(lastStatus()?.toolchain.releases).toEqual([
    ready('1.26.8', 'go1.26.8'),
    { requested: '1.99.1', problem: 'no Go release for "1.99.1"' },
  ]);
});

test('a failure that passes is told as such', async () => {
  fetching = () =>
    Promise.reject(new GofleetError('resolve.proxy-unreachable', 'no answer', { retry: 'later' }));
  add([]);
  await vi.waitFor(() => expect(written).toHaveLength(1));
  expect(lastStatus()?.toolchain.releases).toEqual([
    { requested: '1.26.8', problem: 'no answer; tried again' },
  ]);
});

test('an artefact that the store has lost is fetched again, for who has a wish with it', async () => {
  add([], { shim, releases: [ready('1.26.8', 'go1.26.8')] });
  await vi.waitFor(() => expect(written).toHaveLength(1));
  expect(keeper.artefactMissing(fakeSha256('go1.26.8'))).toBe(true);
  await vi.waitFor(() => expect(fetched).toEqual(['go1.26.8']));
  expect([keeper.artefactMissing(shim), keeper.artefactMissing(fakeSha256('other'))]).toEqual([true, false]);
});

test('a channel that pins another digest than the release has: it is not mounted, and both are named', async () => {
  const declare = (digest: string): void => {
    const declaration = { goVersion: '1.26.8', digest };
    const spec = { mode: 'toolchain', runtime: { channel: 'stable' } } as const;
    const runtime = makeRuntime({ spec, status: { declaration } }) as Runtime;
    runtimes.set('demo/operator', runtime);
    keeper.changed(runtime);
  };
  declare('h1:another');
  await vi.waitFor(() => expect(written.length).toBeGreaterThan(0));
  const [release] = lastStatus()?.toolchain.releases ?? [];
  expect(release?.artefact).toBeUndefined();
  expect(release?.problem).toMatch(/GoChannel stable pins the digest h1:another.* has h1:go1\.26\.8:/);
  declare('h1:go1.26.8');
  await vi.waitFor(() => expect(lastStatus()?.toolchain.releases).toEqual([ready('1.26.8', 'go1.26.8')]));
  expect(lastStatus()?.resolution).toMatchObject({ digest: 'h1:go1.26.8', goVersion: 'go1.26.8' });
});

test('the releases of a sandbox are fetched beside what the builds say, and forgotten with it', async () => {
  const tell = (spec: Partial<GoRuntime['spec']>, status: GoRuntime['status'] = {}): void => {
    const runtime = makeRuntime({ spec, status }) as Runtime;
    runtimes.set('demo/operator', runtime);
    keeper.changed(runtime);
  };
  tell({ sandbox: { volume: 'work', goVersions: ['1.25'] } });
  await vi.waitFor(() => expect(written).toHaveLength(1));
  expect(lastStatus()).toEqual({ toolchain: { releases: [ready('1.25', 'go1.25.3')] } });
  tell({ sandbox: { volume: 'work' } });
  await vi.waitFor(() => expect(lastStatus()?.toolchain.releases).toEqual([ready('1.26.8', 'go1.26.8')]));
  tell({}, { toolchain: { releases: [ready('1.26.8', 'go1.26.8')] } });
  await vi.waitFor(() => expect(lastStatus()).toEqual({}));
});

test('a pod that executes go and builds for others besides: the default first, each once', async () => {
  const spec = { mode: 'toolchain', sandbox: { volume: 'work', goVersions: ['1.26.8', '1.25'] } } as const;
  const runtime = makeRuntime({ spec }) as Runtime;
  runtimes.set('demo/operator', runtime);
  keeper.changed(runtime);
  await vi.waitFor(() => expect(written).toHaveLength(1));
  expect(lastStatus()).toMatchObject({
    resolution: { goVersion: 'go1.26.8' },
    toolchain: { shim, releases: [ready('1.26.8', 'go1.26.8'), ready('1.25', 'go1.25.3')] },
  });
});
