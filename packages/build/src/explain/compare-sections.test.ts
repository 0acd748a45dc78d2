import { makeElf } from '@gofleet/testkit/elf-maker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  compareSections,
  countDifferingBytes,
  hasSameFunctions,
  type SectionedFile,
} from './compare-sections.ts';

/** Bytes, divided anyhow: pieces may overlap, lie outside, and have the same name. */
const file = fc
  .tuple(fc.uint8Array({ maxLength: 300 }), fc.array(fc.tuple(fc.nat(320), fc.nat(80)), { maxLength: 6 }))
  .map(([bytes, places]): SectionedFile => {
    const sections = places.map(([offset, size], index) => ({ name: `.s${index % 4}`, offset, size }));
    return { bytes, sections: sections.sort((a, b) => a.offset - b.offset) };
  });

test('a file is like itself, whatever its sections are', () => {
  fc.assert(
    fc.property(file, (one) => {
      expect(compareSections(one, one)).toEqual([]);
    }),
  );
});

test('every changed byte is counted once, in one section', () => {
  fc.assert(
    fc.property(file, fc.uniqueArray(fc.nat(299), { maxLength: 20 }), ({ bytes, sections }, places) => {
      const changed = Uint8Array.from(bytes);
      const within = places.filter((place) => place < bytes.length);
      for (const place of within) changed[place] = (changed[place] ?? 0) ^ 0x55;
      const changes = compareSections({ bytes, sections }, { bytes: changed, sections });
      const count = changes.reduce((sum, { differingBytes }) => sum + differingBytes, 0);
      expect(count).toBe(within.length);
    }),
  );
});

test('two files: what one has alone counts in full', () => {
  fc.assert(
    fc.property(file, file, (one, other) => {
      for (const { originalBytes = 0, rebuiltBytes = 0, differingBytes } of compareSections(one, other)) {
        expect(differingBytes).toBeGreaterThanOrEqual(Math.abs(originalBytes - rebuiltBytes));
        expect(differingBytes).toBeLessThanOrEqual(Math.max(originalBytes, rebuiltBytes));
      }
    }),
  );
});

test('differing bytes, across the pieces that are compared at once', () => {
  const [a, b] = [new Uint8Array(200_000), new Uint8Array(200_010)];
  for (const at of [0, 65_535, 65_536, 199_999]) b[at] = 1;
  expect(countDifferingBytes(a, b)).toBe(14);
});

test('a section that only one file has', () => {
  const bytes = makeElf();
  const sections = [{ name: '.text', offset: 64, size: bytes.length - 64 }];
  const stripped = { bytes: bytes.subarray(0, 80), sections: [{ name: '.text', offset: 64, size: 16 }] };
  const more = Buffer.concat([bytes, Buffer.from('more')]);
  expect(compareSections({ bytes: more, sections }, { bytes, sections })).toEqual([
    { name: 'end of the file', originalBytes: 4, rebuiltBytes: undefined, differingBytes: 4 },
  ]);
  expect(compareSections({ bytes, sections }, stripped)).toMatchObject([
    { name: '.text', rebuiltBytes: 16, differingBytes: bytes.length - 80 },
  ]);
});

test.each([
  ['.rodata', 90, true],
  ['.text', 100, true],
  ['.text', 90, false],
  ['__TEXT,__text', 90, false],
  ['.gopclntab', 100, false],
])('the same functions: %s of 100 bytes, in the rebuild of %i', (name, rebuiltBytes, same) => {
  expect(hasSameFunctions([{ name, originalBytes: 100, rebuiltBytes, differingBytes: 10 }])).toBe(same);
});
