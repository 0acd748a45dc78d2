import { identityOfArtefact } from '@gofleet/inject/artefact-identity';
import { makeBinary, makeBuild, makeReadyRuntime } from '@gofleet/testkit/go-runtime-maker';
import { expect, test } from 'vitest';
import { stripRuntime } from './cluster-state.ts';

test('of the modules of a program only their fingerprint is kept', () => {
  const image = 'example.com/operator:v1';
  const buildInfo = 'path\texample.com/operator\ndep\texample.com/a\tv1.0.0\th1:x=\n';
  const binary = makeBinary(image, { buildInfo });
  const build = makeBuild(binary);
  const runtime = makeReadyRuntime(image, { status: { binaries: [binary], builds: [build] } });
  const stripped = stripRuntime(runtime);
  expect(JSON.stringify(stripped)).not.toContain('example.com/a');
  const artefact = build.artefact ?? '';
  expect(identityOfArtefact(artefact, [stripped])).toEqual(identityOfArtefact(artefact, [runtime]));
  expect(identityOfArtefact(artefact, [stripped])?.fingerprint).toBeDefined();
});

test('of an executable that is known nothing is parsed again; of another at its place everything is', () => {
  const image = 'example.com/operator:v1';
  const buildInfo = 'path\texample.com/operator\ndep\texample.com/a\tv1.0.0\th1:x=\n';
  const binary = makeBinary(image, { buildInfo });
  const of = (binaries: readonly (typeof binary)[]) => makeReadyRuntime(image, { status: { binaries } });
  const known = stripRuntime(of([binary]));
  expect(stripRuntime(of([{ ...binary, buildInfo: 'not looked at' }]), known)).toEqual(known);
  const other = { ...binary, sha256: 'f'.repeat(64), buildInfo: buildInfo.replace('v1.0.0', 'v1.0.1') };
  expect(stripRuntime(of([other]), known)).toEqual(stripRuntime(of([other])));
});
