import { fakeSha256, rolledOut } from '@gofleet/testkit/go-runtime-maker';
import { libgo, makeLibrary, makeLibraryRuntime, makeObserved } from '@gofleet/testkit/library-maker';
import { expect, test } from 'vitest';
import { effectiveRuntime } from '../rollout/effective-runtime.ts';
import { fetchedMark, mountableArtefacts } from '../rollout/fetched-ahead.ts';
import { isBuilt, isSettled } from '../rollout/plan-rollout.ts';
import { revisionOf } from '../rollout/revision.ts';
import { libraryArtefacts } from './choose-library.ts';
import { wantLibraries } from './want-library.ts';

const image = 'registry.test/shop:1';
const [first, second] = [fakeSha256('next'), fakeSha256('later')];
const checks = [first, second].map((artefact) => ({ artefact, problems: [] }));
const observed = makeObserved(image, { checks });
const known = { ours: new Set<string>(), nodes: undefined };
const mounted = (runtime: ReturnType<typeof makeLibraryRuntime>) =>
  wantLibraries({ name: 'app', image }, runtime, known).map((want) =>
    'injection' in want ? want.injection.artefact : want,
  );

test('a revision is named by its library, whatever image it came out of', () => {
  const runtime = makeLibraryRuntime([observed]);
  expect(revisionOf(runtime)?.id).toBe(`libgo.so.21-${first.slice(0, 12)}`);
  const sandbox = { volume: 'work' } as const;
  expect(revisionOf(makeLibraryRuntime([observed], { spec: { sandbox } }))?.id).toMatch(/-[0-9a-f]{8}$/);
  expect(revisionOf(makeLibraryRuntime([observed], { status: { library: { ...libgo } } }))).toBeUndefined();
});

test('until its wave has begun a workload keeps the library before, which nodes keep too', () => {
  const before = rolledOut(makeLibraryRuntime([observed]));
  const from = before.status?.rollout?.to;
  const moved = makeLibraryRuntime([observed], {
    status: { library: makeLibrary({ artefact: second }) },
  });
  const to = revisionOf(moved);
  if (!from || !to) throw new Error('no revision');
  const rollout = { phase: 'Progressing', from, to, wave: 1, waves: 2, workloads: [] } as const;
  const runtime = { ...moved, status: { ...moved.status, rollout } };
  expect(mounted(effectiveRuntime(runtime, 'Deployment/shop'))).toEqual([first]);
  const begun = { ...rollout, workloads: [{ workload: 'Deployment/shop', wave: 1 }] };
  const now = { ...runtime, status: { ...runtime.status, rollout: begun } };
  expect(mounted(effectiveRuntime(now, 'Deployment/shop'))).toEqual([second]);
  expect([...libraryArtefacts(runtime)].sort()).toEqual([first, second].sort());
  expect(fetchedMark(mountableArtefacts(runtime.status))).toBe(fetchedMark([first, second]));
  expect(effectiveRuntime(moved, 'Deployment/shop').spec.mode).toBe('relink');
});

test('settled when the library is there and every program of the image was held against it, or there is none', () => {
  const template = {
    metadata: { labels: { app: 'operator' } },
    spec: { containers: [{ name: 'app', image }] },
  };
  const settled = (...args: Parameters<typeof makeLibraryRuntime>) => {
    const runtime = makeLibraryRuntime(...args);
    return [isSettled(template, [runtime]), isBuilt(runtime)];
  };
  expect(settled([observed])).toEqual([true, true]);
  expect(settled([{ ...observed, checks: [] }])).toEqual([false, false]);
  expect(settled([])).toEqual([true, false]);
  expect(settled([observed], { status: { library: undefined } as never })).toEqual([false, false]);
  expect(settled([observed], { status: { library: { ...libgo, problem: 'gone' } } })).toEqual([true, true]);
});
