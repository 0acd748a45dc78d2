import type { RunningFacts } from '@gofleet/inject/runtime-status';
import { fakeSha256 } from '@gofleet/testkit/go-runtime-maker';
import { libgo, makeLibrary, makeLibraryRuntime, makeObserved } from '@gofleet/testkit/library-maker';
import { expect, test } from 'vitest';
import { type ContainerCase, judgeContainer } from './judge-container.ts';
import { renderConditions } from './summarise.ts';

const image = 'registry.test/shop:1';
const observed = makeObserved(image);
const { imageId, path } = observed;
const [next, own] = [fakeSha256('next'), fakeSha256('own')];
const name = `libgo.so.21-${next.slice(0, 12)}`;
const containerId = 'containerd://1';
const runtime = makeLibraryRuntime([observed]);

const injection = {
  ...{ container: 'app', runtime: 'operator', goVersion: 'libgo.so.21', library: 'libgo.so.21' },
  ...{ artefact: next, path, imageId },
};
const running = (sha256?: string): RunningFacts => ({
  ...{ containerId, imageId, sha256: observed.programSha256, path: '/program' },
  ...(sha256 === undefined ? {} : { library: { path, sha256, soname: 'libgo.so.21' } }),
  ...{ observedAt: '2026-01-01T00:00:00Z', source: '/proc/7/exe on node-a' },
});

function judge(more: Partial<ContainerCase>): string {
  const common = { runtime, image, imageId, containerId, injections: [], wanted: [injection] };
  const { phase, reason } = judgeContainer({ ...common, running: running(own), isMissed: false, ...more });
  return `${phase}: ${reason}`;
}
const injected = { injections: [injection], running: running(next) };

test('verified when the process has the wished library mapped, mounted by us or its own', () => {
  expect(judge(injected)).toBe(`Verified: runs on ${name}, read from /proc/7/maps on node-a`);
  expect(judge({ wanted: [], running: running(next) })).toBe(
    `Verified: runs on ${name} by itself, read from /proc/7/maps on node-a`,
  );
});

test('ineffective: another library is mapped, none is, or the image changed under it', () => {
  expect(judge({ ...injected, running: running(own) })).toBe(
    `Ineffective: /program runs on ${path}, libgo.so.21-${own.slice(0, 12)}, although ${name} is mounted over ${path}`,
  );
  expect(judge({ ...injected, running: running() })).toMatch(/^Ineffective: \/program has no shared library/);
  expect(judge({ ...injected, imageId: `other@sha256:${own}` })).toMatch(/^Ineffective: the image changed/);
  expect(judge({ isMissed: true })).toMatch(/^Ineffective: started without libgo/);
});

test('on the way: fetched, looked at, rolled; refused; outdated', () => {
  const of = (...args: Parameters<typeof makeLibraryRuntime>) => makeLibraryRuntime(...args);
  const status = (library: object) => ({ status: { library } }) as never;
  expect(judge({ runtime: of([observed], status({ ...libgo, path: '/x' })) })).toMatch(
    /^Building: waits for/,
  );
  expect(judge({ runtime: of([observed], status({ ...libgo, problem: 'gone' })) })).toBe('Failed: gone');
  expect(judge({ runtime: of([{ ...observed, checks: [] }]), wanted: [] })).toBe(
    `Observing: waits for a node to look whether ${name} fits /program`,
  );
  expect(judge({ runtime: of([]), wanted: [] })).toMatch(/^Observing: .* is not reported yet$/);
  expect(judge({ runtime: of([]), wanted: [], ownMount: '/opt' })).toMatch(
    /^Failed: .* lies in the pod's own mount \/opt: .*; put the library into the image$/,
  );
  expect(judge({})).toBe(`RollingOut: will be replaced by a pod with ${name}`);
  expect(judge({ waitsFor: 'restart it' })).toBe(`Pending: ${name} is to be mounted; restart it`);
  expect(judge({ wanted: [], refusal: 'it lacks fmt.Println' })).toBe('Failed: it lacks fmt.Println');
  const later = { ...injection, artefact: fakeSha256('later') };
  expect(judge({ ...injected, wanted: [later] })).toMatch(
    new RegExp(`^RollingOut: runs on ${name}, which the wish has outdated; will be replaced by`),
  );
  expect(judge({ ...injected, wanted: [], refusal: 'it lacks fmt.Println' })).toBe(
    `Failed: for now runs on ${name}: it lacks fmt.Println`,
  );
});

test('a program whose runtime is inside is left alone', () => {
  expect(judge({ wanted: [], running: { ...running(), goVersion: 'go1.26.8' } })).toBe(
    'Skipped: /program has its Go runtime, go1.26.8, inside: mode relink moves it',
  );
});

test('a library that the node could not read is not said to be none', () => {
  const problem = `${path} (deleted): its file is there no more`;
  const unread = { ...running(), goVersion: 'go1.26.8', problem };
  const why = `/program has no shared library of the Go runtime mapped that could be read: ${problem}`;
  expect(judge({ wanted: [], running: unread })).toBe(`Skipped: ${why}`);
  expect(judge({ ...injected, running: unread })).toBe(`Ineffective: ${why}`);
});

test('conditions: fetching, checking, what does not fit and why, checked', () => {
  const built = (...args: Parameters<typeof makeLibraryRuntime>) => {
    const [condition] = renderConditions(makeLibraryRuntime(...args), [], '2026-01-01T00:00:00Z');
    return `${condition?.status} ${condition?.reason}: ${condition?.message}`;
  };
  expect(built([observed])).toBe(`True Checked: ${name} fits the 1 programs that were observed`);
  expect(built([{ ...observed, checks: [] }])).toMatch(/^False Checking: a node is to look whether/);
  expect(built([])).toMatch(/^Unknown NothingObserved/);
  const bad = { ...observed, checks: [{ artefact: next, problems: ['the new library lacks fmt.Println'] }] };
  expect(built([observed, { ...bad, program: '/second' }])).toBe(
    `False LibraryDoesNotFit: ${name} does not fit 1 of 2 programs: /second of ${image}: the new library lacks fmt.Println`,
  );
  const stale = { status: { library: makeLibrary({ problem: 'no such tag' }) } };
  expect(built([observed], stale)).toBe(
    `True Checked: ${name} fits the 1 programs that were observed; ${libgo.image} was not looked up again: no such tag`,
  );
  const failed = { status: { library: { ...libgo, problem: 'no such tag' } } };
  expect(built([observed], failed)).toBe('False LibraryUnavailable: no such tag');
  expect(built([observed], { status: { library: makeLibrary({ path: '/x' }) } })).toMatch(/^False Fetching/);
});
