import type { GoBuild, GoBuildStatus } from '@gofleet/inject/builds';
import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import { makeBinary, makeBuild, makeRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { renderBuilderStatus } from './render-status.ts';

const binary = makeBinary('app:v1');
const before = makeBuild(binary, { goVersion: 'go1.25.1' });
const runtime = makeRuntime({ status: { binaries: [binary], builds: [before] } });
const resolution = { requested: '1.26.8', goVersion: 'go1.26.8' };
const artefact = { sha256: 'b'.repeat(64), sizeBytes: 2 };

const buildOf = (status: GoBuildStatus): GoBuild => makeGoBuild('app', { status });
const render = (build: GoBuild | undefined, { of = runtime, problem = '' } = {}) =>
  renderBuilderStatus(of, problem === '' ? resolution : { requested: '1.26.8', problem }, () => build).builds;
const brief = (...asked: Parameters<typeof render>) =>
  render(...asked).map(({ goVersion, phase }) => `${goVersion} ${phase}`);

test('the artefact of the wish before is kept until the new one is ready', () => {
  expect(brief(undefined)).toEqual(['go1.26.8 Queued', 'go1.25.1 Ready']);
  expect(brief(buildOf({ phase: 'Failed' }))).toEqual(['go1.26.8 Failed', 'go1.25.1 Ready']);
  expect(brief(buildOf({ phase: 'Ready', grade: 'proven', artefact }))).toEqual(['go1.26.8 Ready']);
  expect(brief(undefined, { problem: 'no such release' })).toEqual(['go1.25.1 Ready']);
});

test('an artefact whose original is observed no more is not kept', () => {
  const gone = makeRuntime({ status: { binaries: [], builds: [before] } });
  expect(render(undefined, { of: gone })).toEqual([]);
});

test('how far the build is, its name, and why it failed', () => {
  const building = buildOf({ phase: 'Building', message: 'building with go1.26.8' });
  expect(render(building)[0]).toMatchObject({
    build: 'app',
    phase: 'Building',
    message: 'building with go1.26.8',
  });
  expect(render(buildOf({ phase: 'Failed', message: './x.go:1' }))[0]?.message).toBe('./x.go:1');
});

test("the artefact's own build ID is handed on, and not kept where the artefact is refused", () => {
  const own = { ...artefact, buildId: 'a/b/c/d' };
  expect(render(buildOf({ phase: 'Ready', grade: 'proven', artefact: own }))[0]?.buildId).toBe('a/b/c/d');
  const [refused] = render(buildOf({ phase: 'Ready', grade: 'claimed', artefact: own }));
  expect(refused).not.toHaveProperty('buildId');
});

test('what is made again since it was lost, or whose GoBuild was deleted, stays: pods must not fall back', () => {
  const again = buildOf({ phase: 'Building', grade: 'proven', artefact });
  expect(render(again)[0]).toMatchObject({ phase: 'Ready', artefact: artefact.sha256 });
  const ready = makeBuild(binary);
  const told = makeRuntime({ status: { binaries: [binary], builds: [ready] } });
  expect(render(undefined, { of: told })).toEqual([ready]);
});

test('evidence that is enough for others may be too little for this wish: refused, with the reason', () => {
  const claimed = buildOf({ phase: 'Ready', grade: 'claimed', artefact });
  const [refused] = render(claimed);
  expect(refused).toMatchObject({ phase: 'Failed', grade: 'claimed' });
  expect(refused?.message).toBe(
    'the original was reproduced as claimed; spec.minimumGrade asks for compiled-equal',
  );
  expect(refused).not.toHaveProperty('artefact');
  expect(brief(claimed, { of: makeRuntime({ ...runtime, spec: { minimumGrade: 'claimed' } }) })).toEqual([
    'go1.26.8 Ready',
  ]);
});
