import type { BuildStatus } from '@gofleet/inject/go-runtime';
import { makeBinary, makeBuild, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { renderBuilderStatus } from './render-status.ts';
import { buildKey } from './wanted-builds.ts';

const binary = makeBinary('app:v1');
const before = makeBuild(binary, { goVersion: 'go1.25.1' });
const runtime = makeRuntime({ status: { binaries: [binary], builds: [before] } });
const resolution = { requested: '1.26.8', goVersion: 'go1.26.8' };

const render = (build: BuildStatus | undefined, problem?: string) =>
  renderBuilderStatus(
    runtime,
    problem === undefined ? resolution : { requested: '1.26.8', problem },
    new Map(build ? [[buildKey(build.binary, build.goVersion), build]] : []),
  ).builds.map(({ goVersion, phase }) => `${goVersion} ${phase}`);

test('the artefact of the wish before is kept until the new one is ready', () => {
  expect(render(undefined)).toEqual(['go1.26.8 Queued', 'go1.25.1 Ready']);
  expect(render(makeBuild(binary, { phase: 'Failed' }))).toEqual(['go1.26.8 Failed', 'go1.25.1 Ready']);
  expect(render(makeBuild(binary))).toEqual(['go1.26.8 Ready']);
  expect(render(undefined, 'no such release')).toEqual(['go1.25.1 Ready']);
});

test('an artefact whose original is observed no more is not kept', () => {
  const gone = makeRuntime({ status: { binaries: [], builds: [before] } });
  expect(renderBuilderStatus(gone, resolution, new Map()).builds).toEqual([]);
});
