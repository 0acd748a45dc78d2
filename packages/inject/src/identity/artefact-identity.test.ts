import { makeGoBuild } from '@gofleet/testkit/go-build-maker';
import { fakeSha256, makeBinary, makeBuild, makeReadyRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { wantInjections } from '../admission/want-injections.ts';
import { describeInjection, identityOfArtefact, identityOfBuild } from './artefact-identity.ts';

const image = 'example.com/operator:v1';
const binary = makeBinary(image, {
  buildInfo: 'path\texample.com/operator\ndep\texample.com/a\tv1.0.0\th1:x=\n',
});
const build = makeBuild(binary, { buildId: 'q/r/s/t' });
const status = { binaries: [binary], builds: [build] };
const runtime = makeReadyRuntime(image, { status });
const pod = { metadata: { labels: { app: 'operator' } }, spec: { containers: [{ name: 'manager', image }] } };
const known = { goVersion: 'go1.26.8', buildId: 'q/r/s/t', fingerprint: '183db35dfba8' };

test('an artefact has its own build ID and the fingerprint of its original', () => {
  const others = [makeReadyRuntime('example.com/other:v1'), runtime];
  expect(identityOfArtefact(build.artefact ?? '', others)).toEqual(known);
  expect(identityOfArtefact(fakeSha256('nobody wishes it'), others)).toBeUndefined();
});

test('without build info there is no fingerprint; a release is named by its version', () => {
  const artefact = fakeSha256('a release');
  const bare = makeReadyRuntime(image, {
    status: {
      ...{ binaries: [{ ...binary, buildInfo: '' }], builds: [build] },
      toolchain: { releases: [{ requested: '1.26', goVersion: 'go1.26.8', artefact }] },
    },
  });
  expect(identityOfArtefact(build.artefact ?? '', [bare])).toEqual({
    goVersion: 'go1.26.8',
    buildId: 'q/r/s/t',
  });
  expect(identityOfArtefact(artefact, [bare])).toEqual({ goVersion: 'go1.26.8' });
});

test('what a pod is injected with is told by the build that it will run', () => {
  const [mounted] = wantInjections(pod, [runtime]).injections;
  expect(mounted && describeInjection(mounted, [runtime])).toEqual({
    ...{ container: 'manager', runtime: 'operator', path: '/manager', delivery: 'csi' },
    ...{ artefact: build.artefact, ...known },
  });
});

test('a program that is only tuned is told by its own', () => {
  const spec = { mode: 'godebug', runtime: { goVersion: '>=1.19' }, godebug: { gcPercent: '50' } } as const;
  const tuned = makeReadyRuntime(image, { spec, status });
  const [set] = wantInjections(pod, [tuned]).injections;
  expect(set && describeInjection(set, [tuned])).toMatchObject({
    ...{ goVersion: 'go1.21.5', buildId: 'a/b/c/d', fingerprint: known.fingerprint },
    variables: { GOGC: '50' },
  });
});

test('a build is told by what it is made of, and by what it made once that is there', () => {
  const open = makeGoBuild('a');
  const told = { goVersion: 'go1.26.8', originalGoVersion: 'go1.21.5', originalBuildId: 'a/b/c/d' };
  expect(identityOfBuild(open)).toEqual({ ...told, fingerprint: 'e3b0c44298fc' });
  const artefact = { sha256: fakeSha256('a'), sizeBytes: 1, buildId: 'q/r/s/t' };
  expect(identityOfBuild({ ...open, status: { phase: 'Ready', artefact } })).toMatchObject({
    ...told,
    buildId: 'q/r/s/t',
  });
});
