import { fakeSha256 } from '@gofleet/testkit/go-runtime-maker';
import { makeLibraryRuntime, makeObserved } from '@gofleet/testkit/library-maker';
import { expect, test } from 'vitest';
import type { Observation } from './render-observation.ts';
import { updateLibrary } from './update-library.ts';

const image = 'registry.test/shop:1';
const observed = makeObserved(image);
const { checks: _, ...bare } = observed;
const [next, own] = [fakeSha256('next'), fakeSha256('own')];
const runtime = makeLibraryRuntime([]);

function observe({
  injected = false,
  sha256 = own,
  isOfImage = true,
  program = 'program',
} = {}): Observation {
  return {
    container: {
      ...{ pod: 'p', container: 'app', image, imageId: observed.imageId, containerId: 'c' },
      ...{ injected, modes: ['libgo'], told: [] },
    },
    executable: {
      ...{ pid: 7, path: '/program', sha256: fakeSha256(program), sizeBytes: 1, isOfImage: true },
    },
    library: {
      pid: 7,
      path: observed.path,
      sha256,
      soname: 'libgo.so.21',
      isOfImage: isOfImage && !injected,
    },
    observedAt: '2026-01-01T00:00:00Z',
  };
}

function ports(lies: readonly string[]) {
  const checked: string[] = [];
  const said: string[] = [];
  return {
    ...{ checked, said },
    log: (_level: string, message: string) => void said.push(message),
    libraries: {
      check: async (_mapped: unknown, path: string) => {
        checked.push(path);
        return { problems: ['the new library lacks fmt.Println'] };
      },
    },
    pathOf: async (artefact: string) => (lies.includes(artefact) ? `/store/${artefact}` : undefined),
  };
}
const refused = [{ artefact: next, problems: ['the new library lacks fmt.Println'] }];

test('what the image has is told at once, and whether the wished library fits when that lies here', async () => {
  const known = undefined;
  expect(await updateLibrary(observe(), { runtime, known }, ports([]))).toEqual(bare);
  const here = ports([next]);
  expect(await updateLibrary(observe(), { runtime, known }, here)).toEqual({ ...bare, checks: refused });
  expect(here.checked).toEqual([`/store/${next}`]);
});

test('looked at once, by whichever node, and what is not wished any more is forgotten', async () => {
  const here = ports([next]);
  expect(await updateLibrary(observe(), { runtime, known: observed }, here)).toEqual(observed);
  expect(here.checked).toEqual([]);
  const stale = { ...observed, checks: [{ artefact: fakeSha256('gone'), problems: [] }] };
  expect(await updateLibrary(observe(), { runtime, known: stale }, ports([]))).toEqual(bare);
});

test('of an image name that means several images the one that was seen first counts: nodes do not take turns', async () => {
  const elsewhere = [
    { programSha256: fakeSha256('arm64') },
    { sha256: fakeSha256('moved'), imageId: 'other' },
  ];
  for (const other of elsewhere) {
    const here = ports([next]);
    const known = { ...observed, ...other };
    expect(await updateLibrary(observe(), { runtime, known }, here)).toBeUndefined();
    expect(here.checked).toEqual([]);
  }
});

test('where a library of ours is mounted, the image is known from before, and the next library is held against ours', async () => {
  const mounted = observe({ injected: true, sha256: fakeSha256('before') });
  const here = ports([next]);
  expect(await updateLibrary(mounted, { runtime, known: bare }, here)).toEqual({ ...bare, checks: refused });
  expect(await updateLibrary(mounted, { runtime, known: undefined }, here)).toBeUndefined();
  const changed = observe({ injected: true, program: 'another' });
  expect(await updateLibrary(changed, { runtime, known: bare }, here)).toBeUndefined();
});

test('a library that cannot be held against a program is told of in the log, and takes nothing else along', async () => {
  const here = ports([next]);
  const fails = { ...here, libraries: { check: () => Promise.reject(new Error('the process is gone')) } };
  expect(await updateLibrary(observe(), { runtime, known: undefined }, fails)).toEqual(bare);
  expect(here.said).toEqual(['library not looked at']);
});

test('a library in a volume of the pod is nobody’s to replace', async () => {
  expect(
    await updateLibrary(observe({ isOfImage: false }), { runtime, known: undefined }, ports([])),
  ).toBeUndefined();
});
