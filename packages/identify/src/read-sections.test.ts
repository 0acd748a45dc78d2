import { readFileSync } from 'node:fs';
import { makeElf } from '@gofleet/testkit/elf-maker';
import { makeMachO, makePe, makeWasm } from '@gofleet/testkit/executable-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { driveSync } from './byte-reader.ts';
import { type FileSection, readSections } from './read-sections.ts';

const read = (file: Uint8Array): FileSection[] =>
  driveSync(readSections(), ({ offset, length }) => file.subarray(offset, offset + length));

test.each([
  ['ELF', makeElf({ bits: 64 }), ['.note.go.buildid', '.go.buildinfo']],
  ['ELF, 32 bits, big endian', makeElf({ bits: 32, littleEndian: false }), ['.go.buildinfo']],
  ['Mach-O', makeMachO(), ['__TEXT,__text', '__DATA,__go_buildinfo']],
  ['PE', makePe(), ['.text', '.data']],
])('the sections of %s, each where it lies', (_, file, names) => {
  const sections = read(file);
  expect(sections.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
  for (const { offset, size } of sections) expect(offset + size).toBeLessThanOrEqual(file.length);
  expect(sections).toEqual([...sections].sort((a, b) => a.offset - b.offset));
});

test('a program that is really there has its code, and not what takes up no room', () => {
  const names = read(readFileSync(process.execPath)).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['.text', '.rodata', '.dynsym', '.shstrtab']));
  expect(names).not.toContain('.bss');
});

test('other files have none', () => {
  expect(read(makeWasm())).toEqual([]);
  expect(read(Buffer.from('#!/bin/sh\n'))).toEqual([]);
  expect(read(new Uint8Array(0))).toEqual([]);
});

test('changed, cut and random bytes end in sections or in our error', () => {
  const originals = [makeElf(), makeElf({ bits: 32 }), makeMachO(), makePe()];
  const damage = fc.record({
    file: fc.nat({ max: originals.length - 1 }),
    changes: fc.array(fc.record({ at: fc.nat({ max: 2600 }), value: fc.nat({ max: 255 }) }), {
      maxLength: 12,
    }),
    length: fc.nat({ max: 4000 }),
  });
  fc.assert(
    fc.property(damage, ({ file, changes, length }) => {
      const bytes = Uint8Array.from(originals[file] ?? []).subarray(0, length);
      for (const { at, value } of changes) if (at < bytes.length) bytes[at] = value;
      try {
        for (const { size } of read(bytes)) expect(size).toBeGreaterThan(0);
      } catch (thrown) {
        expect((thrown as { code?: string }).code).toMatch(/^identify\./);
      }
    }),
    { numRuns: 1000 },
  );
});
