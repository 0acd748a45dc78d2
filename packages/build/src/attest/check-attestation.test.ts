import type { BinaryFacts } from '@gofleet/identify/binary-facts';
import { driveSync, readBinary } from '@gofleet/identify/read-binary';
import { makeElf } from '@gofleet/testkit/elf-maker';
import { expect, test } from 'vitest';
import type { SigningKey, VerifyingKey } from '../ports.ts';
import type { RelinkResult } from '../relink-result.ts';
import { checkAttestation } from './check-attestation.ts';
import { signStatement } from './envelope.ts';
import { planProvenance } from './provenance.ts';

const [had, has] = ['a'.repeat(64), 'b'.repeat(64)];
/** 32 bytes of zeros. */
const sum = `h1:${Buffer.alloc(32).toString('base64')}`;
const modules = [
  'path\texample.com/m/cmd/m',
  'mod\texample.com/m\tv1.0.0\t',
  `dep\texample.com/a\tv1.0.0+incompatible\t${sum}`,
  `dep\texample.com/b\tv1.0.0\n=>\texample.com/fork\tv1.0.1\t${sum}`,
  'build\tvcs.revision=0123456789012345678901234567890123456789',
  '',
].join('\n');

const file = makeElf({ modules });
const artefact: BinaryFacts = driveSync(readBinary(), ({ offset, length }) =>
  file.subarray(offset, offset + length),
);

const result: RelinkResult = {
  original: {
    ...{ sha256: had, sizeBytes: 1, goVersion: 'go1.21.5', package: 'example.com/m/cmd/m' },
    buildId: 'a/b/c/d',
  },
  reproduction: {
    ...{ goVersion: 'go1.21.5', source: 'example.com/m@v1.0.0', equal: true, grade: 'proven' },
    ...{ segments: [true, true, true, true], differences: [] },
  },
  artefact: {
    path: '/store/b',
    sha256: has,
    sizeBytes: 1,
    goVersion: 'go1.26.8',
    grade: 'proven',
    changes: [],
  },
  recipe: {
    ...{ source: 'example.com/m@v1.0.0', godebug: 'keep', linkFlags: '-s', argv: ['install'], env: {} },
    toolchain: { goVersion: 'go1.26.8', dirHash: 'cd', tools: { compile: 'ef' } },
  },
};

function key(name: string): SigningKey & VerifyingKey {
  const sign = (message: Uint8Array): Uint8Array => Buffer.concat([Buffer.from(name), message]);
  return { keyId: name, sign, verify: (message, signature) => Buffer.from(sign(message)).equals(signature) };
}

const builder = { id: 'https://builder.example/one', version: '0.1.0' };
const statement = planProvenance({ result, artefact, buildInfo: 'path\texample.com/m\n', builder });

test('a statement names subject, original, modules, toolchain, recipe and proof', () => {
  expect(statement.subject).toEqual([{ name: 'example.com/m/cmd/m', digest: { sha256: has } }]);
  const { buildDefinition, runDetails } = statement.predicate;
  expect(buildDefinition.externalParameters).toEqual({
    ...{ original: { sha256: had }, goVersion: 'go1.26.8', source: 'example.com/m@v1.0.0', godebug: 'keep' },
  });
  expect(buildDefinition.internalParameters).toEqual({ argv: ['install'], env: {}, linkFlags: '-s' });
  const zeros = { dirHash: '0'.repeat(64) };
  expect(buildDefinition.resolvedDependencies).toEqual([
    {
      ...{ name: 'original', digest: { sha256: had } },
      annotations: expect.objectContaining({ buildId: 'a/b/c/d', buildInfo: 'path\texample.com/m\n' }),
    },
    {
      ...{ name: 'example.com/m@v1.0.0', uri: 'pkg:golang/example.com/m@v1.0.0' },
      digest: { gitCommit: '0123456789012345678901234567890123456789' },
    },
    {
      ...{ name: 'example.com/a@v1.0.0+incompatible', digest: zeros },
      uri: 'pkg:golang/example.com/a@v1.0.0%2Bincompatible',
    },
    {
      ...{ name: 'example.com/fork@v1.0.1', uri: 'pkg:golang/example.com/fork@v1.0.1', digest: zeros },
      annotations: { replaces: 'example.com/b@v1.0.0' },
    },
  ]);
  expect(runDetails.builder.builderDependencies).toEqual([
    { name: 'go1.26.8', digest: { dirHash: 'cd' } },
    { name: 'go1.26.8 compile', digest: { sha256: 'ef' } },
  ]);
  expect(runDetails.byproducts[0]?.annotations).toMatchObject({
    grade: 'proven',
    segments: [true, true, true, true],
  });
});

test('it is the key and the file that count', () => {
  const envelope = signStatement(statement, key('one'));
  expect(checkAttestation(envelope, key('one'), has)).toEqual({ findings: [], statement });
  const codes = (...parts: Parameters<typeof checkAttestation>) =>
    checkAttestation(...parts).findings.map(({ code }) => code);
  expect(codes(envelope, key('one'), had)).toEqual(['attest.wrong-artefact']);
  expect(codes(envelope, key('two'), has)).toEqual(['attest.wrong-signature']);
  expect(checkAttestation(envelope, key('two'), has).statement).toBeUndefined();
  expect(codes(signStatement({ _type: 'other' }, key('one')), key('one'), has)).toEqual([
    'attest.wrong-statement',
  ]);
  expect(codes(signStatement(null, key('one')), key('one'), has)).toEqual(['attest.wrong-statement']);
});
