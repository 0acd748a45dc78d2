import { expect, test } from 'vitest';
import type { SectionChange } from './compare-sections.ts';
import { explainSections } from './explain-sections.ts';

function change(name: string, original?: number, rebuilt?: number): SectionChange {
  const differingBytes = Math.max(original ?? 0, rebuilt ?? 0);
  return { name, originalBytes: original, rebuiltBytes: rebuilt, differingBytes };
}

test('each section under its cause', () => {
  const changes = [
    change('.note.go.buildid', 100, 100),
    change('.text', 402_112, 402_000),
    change('.rodata', 5000, 5000),
    change('.symtab', 24_576),
    change('.zdebug_info', undefined, 9000),
    change('code signature', 32),
  ];
  expect(explainSections(changes, 'source', false)).toEqual([
    { cause: 'build-id', evidence: '.note.go.buildid: 100 of 100 bytes' },
    {
      cause: 'source',
      evidence: '.text: 402,112 of 402,112 bytes, in the rebuild of 402,000; .rodata: 5,000 of 5,000 bytes',
    },
    {
      cause: 'link-flags',
      evidence: '.symtab: 24,576 bytes, only in the original; .zdebug_info: 9,000 bytes, only in the rebuild',
    },
    { cause: 'changed-afterwards', evidence: 'code signature: 32 bytes, only in the original' },
  ]);
});

test('sections of a C linker are its own only where one was used', () => {
  const changes = [change('.comment', 40, 50), change('.eh_frame', 400, 400)];
  expect(explainSections(changes, 'paths', true).map(({ cause }) => cause)).toEqual(['c-toolchain']);
  expect(explainSections(changes, 'paths', false).map(({ cause }) => cause)).toEqual(['paths']);
});

test('names of symbols follow the code where both have them', () => {
  expect(explainSections([change('.symtab', 10, 20)], 'pgo', false)[0]?.cause).toBe('pgo');
  expect(explainSections([], 'pgo', false)).toEqual([]);
});
