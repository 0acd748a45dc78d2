import { GofleetError } from '@gofleet/base/errors';
import type { LibraryStatus } from '@gofleet/inject/library';
import { planWaves } from '@gofleet/inject/plan-waves';
import { fakeSha256, rolledOut } from '@gofleet/testkit/go-runtime-maker';
import { libgo, makeLibrary, makeLibraryRuntime } from '@gofleet/testkit/library-maker';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LibraryKeeper } from './library-keeper.ts';
import type { Runtime } from './runtime-keeper.ts';

let runtimes: Map<string, Runtime>;
let keeper: LibraryKeeper;
let fetched: string[];
let written: LibraryStatus[];
let failure: GofleetError | undefined;

const library = { artefact: fakeSha256('next'), sizeBytes: 7, soname: 'libgo.so.21', arch: 'amd64' };
const source = `registry.test/team/libgo@sha256:${fakeSha256('image')}`;

beforeEach(() => {
  [runtimes, fetched, written, failure] = [new Map(), [], [], undefined];
  keeper = new LibraryKeeper({
    client: {
      patch: async (_path: string, body: unknown) => {
        written.push((body as { status: { library: LibraryStatus } }).status.library);
        return body as never;
      },
    },
    runtimes,
    libraries: {
      find: async () => {
        if (failure) throw failure;
        return source;
      },
      fetch: async ({ image, path }) => {
        fetched.push(`${image} ${path}`);
        return library;
      },
    },
    log: () => undefined,
  });
});
afterEach(() => keeper.stop());

function add(known?: LibraryStatus, spec = libgo, name = 'operator'): Runtime {
  const status = { library: known } as never;
  const runtime = makeLibraryRuntime([], { metadata: { name }, spec: { libgo: spec }, status }) as Runtime;
  runtimes.set(`demo/${name}`, runtime);
  keeper.changed(runtime);
  return runtime;
}

test('fetched by the digest that the name means, once for all who wish for it, and told', async () => {
  add();
  add(undefined, libgo, 'second');
  await vi.waitFor(() => expect(written).toHaveLength(2));
  expect(fetched).toEqual([`${source} ${libgo.path}`]);
  expect(written[0]).toEqual({ ...libgo, source, ...library });
});

test('what is there is not fetched again while the name means the same', async () => {
  add(makeLibrary());
  await keeper.stop();
  expect([fetched, written]).toEqual([[], []]);
});

test('a wish that is looked at again before its status has come back has nothing fetched twice', async () => {
  const runtime = add();
  await vi.waitFor(() => expect(written).toHaveLength(1));
  keeper.changed(runtime);
  await vi.waitFor(() => expect(written).toHaveLength(2));
  expect([fetched.length, written[1]]).toEqual([1, written[0]]);
});

test('another image behind the name is fetched', async () => {
  add(makeLibrary({ source: `registry.test/team/libgo@sha256:${fakeSha256('before')}` }));
  await vi.waitFor(() => expect(written).toHaveLength(1));
  expect(written[0]?.source).toBe(source);
});

test('why there is none is told; what was fetched before stays', async () => {
  failure = new GofleetError('oci.not-in-registry', 'no such tag', { hint: 'correct it' });
  add();
  await vi.waitFor(() => expect(written).toEqual([{ ...libgo, problem: 'no such tag; correct it' }]));
  add(makeLibrary({ source: 'before' }), libgo, 'second');
  await keeper.stop();
  expect(written).toHaveLength(1);
});

test('an artefact that is missing is fetched again by its digest', async () => {
  const known = makeLibrary();
  runtimes.set('demo/operator', makeLibraryRuntime([], { status: { library: known } }) as Runtime);
  expect(keeper.artefactMissing(fakeSha256('other'))).toBe(false);
  expect(keeper.artefactMissing(known.artefact ?? '')).toBe(true);
  await vi.waitFor(() => expect(fetched).toEqual([`${known.source} ${known.path}`]));
});

test('one that a roll-out still holds is fetched again too, out of the image that it came from', async () => {
  const before = makeLibrary({ artefact: fakeSha256('before'), source: `${source}-before` });
  const { rollout } = rolledOut(makeLibraryRuntime([], { status: { library: before } })).status ?? {};
  const runtime = makeLibraryRuntime([], { status: { rollout } as never });
  const later = planWaves({ runtime, workloads: [], now: '2026-01-01T00:00:00Z' });
  runtimes.set('demo/operator', { ...runtime, status: { ...runtime.status, rollout: later } } as Runtime);
  expect(later?.to.id).toMatch(new RegExp(library.artefact.slice(0, 12)));
  expect(keeper.artefactMissing(fakeSha256('before'))).toBe(true);
  await vi.waitFor(() => expect(fetched).toEqual([`${before.source} ${libgo.path}`]));
});
