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
let refusal: GofleetError | undefined;
let looked: number;
let meant: string;

const library = { artefact: fakeSha256('next'), sizeBytes: 7, soname: 'libgo.so.21', arch: 'amd64' };
const source = `registry.test/team/libgo@sha256:${fakeSha256('image')}`;

beforeEach(() => {
  [runtimes, fetched, written, looked] = [new Map(), [], [], 0];
  [failure, refusal, meant] = [undefined, undefined, source];
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
        looked++;
        if (failure) throw failure;
        return meant;
      },
      fetch: async ({ image, path }) => {
        fetched.push(`${image} ${path}`);
        if (refusal) throw refusal;
        return library;
      },
    },
    log: () => undefined,
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await keeper.stop();
});

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

test('why there is none is told; what was fetched before stays, and why nothing newer is known is told with it', async () => {
  failure = new GofleetError('oci.not-in-registry', 'no such tag', { hint: 'correct it' });
  const problem = 'no such tag; correct it';
  add();
  await vi.waitFor(() => expect(written).toEqual([{ ...libgo, problem }]));
  const known = makeLibrary({ source: 'before' });
  add(known, libgo, 'second');
  await vi.waitFor(() => expect(written[1]).toEqual({ ...known, problem }));
});

test('what was put right is seen soon, without any change of the wish, and its problem is told no more', async () => {
  vi.useFakeTimers();
  failure = new GofleetError('oci.registry-unauthorised', 'asks for a login');
  add();
  const second = add(makeLibrary(), libgo, 'second');
  await vi.advanceTimersByTimeAsync(1);
  expect(written).toHaveLength(2);
  runtimes.set('demo/second', { ...second, status: { library: written[1] } } as Runtime);
  await vi.advanceTimersByTimeAsync(1_200_000);
  expect(looked).toBeGreaterThan(10);
  failure = undefined;
  await vi.advanceTimersByTimeAsync(400_000);
  expect(written.slice(-2)).toEqual([makeLibrary(), makeLibrary()]);
});

test('an image that does not hold what is wished for is not read twice, until its name means another', async () => {
  vi.useFakeTimers();
  refusal = new GofleetError('oci.no-such-file', 'no such file');
  add();
  await vi.advanceTimersByTimeAsync(400_000);
  expect(looked).toBeGreaterThan(3);
  expect(fetched).toHaveLength(1);
  expect(written[0]).toEqual({ ...libgo, problem: 'no such file' });
  meant = `${source}-next`;
  refusal = undefined;
  await vi.advanceTimersByTimeAsync(400_000);
  expect(fetched).toEqual([`${source} ${libgo.path}`, `${source}-next ${libgo.path}`]);
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
