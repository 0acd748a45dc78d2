import { readBinary } from '@gofleet/identify/read-binary';
import { makeElf } from '@gofleet/testkit/elf-maker';
import { expect, test } from 'vitest';
import { describe, type ScannedBinary } from '../scan/scan-files.ts';
import { planBillOfMaterials } from './bill-of-materials.ts';

function scanned(path: string, modules: string, goVersion = 'go1.26.8'): ScannedBinary {
  const bytes = makeElf({ modules, goVersion });
  return describe(
    path,
    readBinary((offset, length) => bytes.subarray(offset, offset + length)),
  );
}

const lines = (...rows: readonly string[]): string => rows.map((row) => `${row}\n`).join('');

test('modules by what was really linked, the standard library by the release, each once', () => {
  const modules = lines(
    'path\texample.com/cmd/app',
    'mod\texample.com\tv1.2.3\th1:own=',
    'dep\tgithub.com/Some/Module\tv0.1.0\th1:one=',
    'dep\tfork.example/a\tv1.0.0',
    '=>\tfork.example/b\tv1.0.1\th1:two=',
    'dep\tlocal.example/c\tv1.0.0',
    '=>\t../c\t(devel)\t',
  );
  const binaries = [scanned('/a', modules), scanned('/b', modules, 'go1.26.4-1-microsoft')];
  const { products, materials } = planBillOfMaterials(binaries, new Map([['/a', 'ab']]));
  expect(materials.map(({ purl, sum }) => [purl, sum])).toEqual([
    ['pkg:golang/stdlib@1.26.8', undefined],
    ['pkg:golang/github.com/Some/Module@v0.1.0', 'h1:one='],
    ['pkg:golang/fork.example/b@v1.0.1', 'h1:two='],
    ['pkg:golang/local.example/c', undefined],
    ['pkg:golang/stdlib@1.26.4', undefined],
  ]);
  expect(products).toMatchObject([
    {
      name: 'example.com',
      version: 'v1.2.3',
      purl: 'pkg:golang/example.com@v1.2.3',
      path: '/a',
      sha256: 'ab',
      sum: 'h1:own=',
    },
    { path: '/b', sha256: undefined, facts: { 'gofleet:go': 'go1.26.4-1-microsoft' } },
  ]);
  expect(products[0]?.contains).toHaveLength(4);
});

test('a program that names no module is called after its file', () => {
  const { products } = planBillOfMaterials([scanned('/bin/old', '')], new Map());
  expect(products).toMatchObject([{ name: 'old', version: undefined, purl: 'pkg:golang/old' }]);
});
