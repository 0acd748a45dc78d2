import { renderGoPod } from '@gofleet/inject/go-pod';
import type { ObservedLibrary } from '@gofleet/inject/library';
import { makeLibraryRuntime, makeObserved } from '@gofleet/testkit/library-maker';
import { renderConditions } from '@gofleet/verify/summarise';
import { beforeEach, expect, test } from 'vitest';
import type { Pod } from '../state/pod.ts';
import { forgetImages } from './forget-images.ts';
import { type SurveyInput, surveyPods } from './survey.ts';
import { UnrunPrograms, unrunForMs } from './unrun-programs.ts';

const image = 'registry.test/shop:2';
const server = makeObserved(image);
const open = { checks: [] };
const before = makeObserved('registry.test/shop:1', open);
const migrate = makeObserved(image, { program: '/migrate', ...open });

let programs: UnrunPrograms;
beforeEach(() => {
  programs = new UnrunPrograms();
});

/** A pod that a node has read to run a program. */
function inputOf(
  libraries: readonly ObservedLibrary[],
  path = '/program',
  imageIds = [server.imageId],
): SurveyInput {
  const runtime = makeLibraryRuntime(libraries);
  const [pod, ...more] = imageIds.map(
    (imageID, index): Pod => ({
      metadata: { name: `pod-${index}`, namespace: 'demo', uid: 'u', labels: { app: 'operator' } },
      spec: { containers: [{ name: 'app', image }] },
      status: { phase: 'Running', containerStatuses: [{ name: 'app', imageID }] },
    }),
  );
  if (!pod) throw new Error('no pod');
  const running = {
    ...{ containerId: 'containerd://1', imageId: server.imageId, sha256: server.programSha256 },
    ...{ path, observedAt: '2026-01-01T00:00:00Z', source: '/proc/7/exe on a' },
  };
  const reports = new Map([['pod-0', renderGoPod(pod.metadata, { containers: [{ name: 'app', running }] })]]);
  return { runtime, siblings: [runtime], pods: [pod, ...more], reports, owners: new Map() };
}

/** What is left of the libraries of a wish when it was looked at. */
async function keep(input: SurveyInput, nowMs: number): Promise<readonly ObservedLibrary[]> {
  const gone: ObservedLibrary[] = [];
  await forgetImages(input, surveyPods(input), {
    status: {
      forgetBinary: async () => undefined,
      forgetLibrary: async (_, library) => void gone.push(library),
      forgetSearchPath: async () => undefined,
    },
    recordEvent: async () => undefined,
    ...{ programs, nowMs },
  });
  return (input.runtime.status?.libraries ?? []).filter((each) => !gone.includes(each));
}

test('an image from before and a Job that has ended hold nothing up: no node can look at what nobody runs', async () => {
  const input = inputOf([before, server, migrate]);
  expect(await keep(input, 0)).toEqual([before, server, migrate]);
  expect(await keep(input, unrunForMs - 1)).toEqual([before, server, migrate]);
  const left = await keep(input, unrunForMs);
  expect(left).toEqual([server]);
  const [built] = renderConditions(makeLibraryRuntime(left), [], '2026-01-01T00:00:00Z');
  expect(built).toMatchObject({ type: 'Built', status: 'True' });
});

test('what runs is waited for, and so is what was gone for a moment', async () => {
  const running = inputOf([server, migrate], '/migrate');
  expect(await keep(running, 0)).toEqual([server, migrate]);
  expect(await keep(running, unrunForMs)).toEqual([server, migrate]);
  expect(await keep(inputOf([server, migrate]), unrunForMs + 1)).toEqual([server, migrate]);
  expect(await keep(running, 2 * unrunForMs)).toEqual([server, migrate]);
  expect(await keep(inputOf([server, migrate]), 2 * unrunForMs + 1)).toEqual([server, migrate]);
});

test('what the library was held against is kept, whoever runs it', async () => {
  const checked = makeObserved('registry.test/shop:1');
  expect(await keep(inputOf([checked, server]), 0)).toEqual([checked, server]);
  expect(await keep(inputOf([checked, server]), unrunForMs)).toEqual([checked, server]);
});

test('what was seen in an image that its name does not mean any more makes room; while pods of both run it stays', async () => {
  const moved = makeObserved(image, { imageId: `${image}@sha256:${'9'.repeat(64)}` });
  expect(await keep(inputOf([moved], '/program', [server.imageId, moved.imageId]), 0)).toEqual([moved]);
  expect(await keep(inputOf([moved], '/program', ['']), 0)).toEqual([moved]);
  expect(await keep(inputOf([moved], '/program', ['', server.imageId]), 0)).toEqual([]);
});
