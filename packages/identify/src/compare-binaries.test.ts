import { makeElf } from '@gofleet/testkit/elf-maker';
import { expect, test } from 'vitest';
import type { BinaryFacts } from './binary-facts.ts';
import { compareBinaries } from './compare-binaries.ts';
import { readBinary } from './read-binary.ts';

function read(file: Uint8Array): BinaryFacts {
  return readBinary((offset, length) => file.subarray(offset, offset + length));
}

const head = 'path\texample.com/hello\nmod\texample.com/hello\tv1.0.0\th1:aaaa=\n';
const before = read(
  makeElf({
    modules: `${head}dep\ta.example/x\tv1.0.0\th1:x=\ndep\ta.example/y\tv1.0.0\th1:y=\nbuild\tCGO_ENABLED=0\n`,
    buildId: 'a/b/c/d',
  }),
);

test('a binary does not differ from itself', () => {
  expect(compareBinaries(before, before)).toEqual([]);
});

test('release, modules, settings and segments of the build ID', () => {
  const modules = `${head}dep\ta.example/x\tv1.1.0\th1:x2=\ndep\ta.example/z\tv1.0.0\n=>\t./z\t\t\nbuild\tCGO_ENABLED=1\n`;
  const after = read(makeElf({ goVersion: 'go1.26.9', modules, buildId: 'e/b/c/f', symbols: false }));
  expect(compareBinaries(before, after)).toEqual([
    { kind: 'fact', name: 'go', before: 'go1.26.8', after: 'go1.26.9' },
    { kind: 'fact', name: 'symbols', before: 'present', after: 'stripped' },
    { kind: 'module', name: 'a.example/x', before: 'v1.0.0 h1:x=', after: 'v1.1.0 h1:x2=' },
    { kind: 'module', name: 'a.example/y', before: 'v1.0.0 h1:y=', after: undefined },
    { kind: 'module', name: 'a.example/z', before: undefined, after: 'v1.0.0 => ./z' },
    { kind: 'setting', name: 'CGO_ENABLED', before: '0', after: '1' },
    { kind: 'build-id', name: 'inputs of the link', before: 'a', after: 'e' },
    { kind: 'build-id', name: 'binary', before: 'd', after: 'f' },
  ]);
});

test('a build ID that was overridden is compared as a whole, one that was removed is nothing', () => {
  const [own, none] = [read(makeElf({ buildId: 'mine' })), read(makeElf({ buildId: '' }))];
  expect(compareBinaries(own, none)).toEqual([
    { kind: 'build-id', name: 'whole', before: 'mine', after: undefined },
  ]);
});
