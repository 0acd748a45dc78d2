import fc from 'fast-check';
import { expect, test } from 'vitest';
import { elf, readElfSections } from './elf-sections.ts';
import { readSetStrings, withoutStringsOf } from './set-strings.ts';

const base = { constants: 0x1000, data: 0x8000 };

/** An ELF file without symbols: texts in a read-only section, headers that point to them in a writable one. */
function elfWith(texts: Buffer, headers: readonly (readonly [offset: number, length: number])[]): Buffer {
  const data = Buffer.alloc(16 * headers.length);
  for (const [index, [offset, length]] of headers.entries()) {
    data.writeBigUInt64LE(BigInt(base.constants + offset), 16 * index);
    data.writeBigUInt64LE(BigInt(length), 16 * index + 8);
  }
  const { load, write } = elf.flags;
  const parts = [
    { bytes: texts, flags: load, address: base.constants, offset: 64 },
    { bytes: data, flags: load | write, address: base.data, offset: 64 + texts.length },
  ];
  const sections = parts.map(({ bytes, flags, address, offset }) => {
    const section = Buffer.alloc(64);
    section.writeUInt32LE(elf.types.content, 4);
    for (const [at, value] of [flags, address, offset, bytes.length].entries())
      section.writeBigUInt64LE(BigInt(value), 8 + 8 * at);
    return section;
  });
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01', 'latin1');
  header.writeBigUInt64LE(BigInt(64 + texts.length + data.length), 40);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(sections.length, 60);
  return Buffer.concat([header, texts, data, ...sections]);
}

const texts = Buffer.from('1.2.3\0literalnext\0');
const values = (...args: Parameters<typeof elfWith>): string[] =>
  readSetStrings(elfWith(...args)).map(({ value }) => value);

test('texts that end in a NUL are set, others are of the compiler', () => {
  expect(
    values(texts, [
      [0, 5],
      [6, 7],
      [13, 4],
    ]),
  ).toEqual(['1.2.3', 'next']);
});

test('what both programs hold was not set', () => {
  const found = ['a', 'b', 'b'].map((value, address) => ({ value, address }));
  expect(withoutStringsOf(found, found.slice(0, 2))).toEqual([found[2]]);
});

test('every set text is found', () => {
  const text = fc.stringMatching(/^[\w .:-]{1,40}$/);
  fc.assert(
    fc.property(fc.uniqueArray(text, { maxLength: 8 }), (strings) => {
      let at = 0;
      const headers = strings.map((value) => {
        const header = [at, value.length] as const;
        at += value.length + 1;
        return header;
      });
      expect(values(Buffer.from(strings.map((value) => `${value}\0`).join('')), headers)).toEqual(strings);
    }),
  );
});

test('any bytes have an answer', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      (bytes) => readElfSections(Buffer.from(bytes)).length === 0,
    ),
  );
  const file = elfWith(texts, [[0, 5]]);
  fc.assert(
    fc.property(fc.nat(file.length - 1), fc.nat(255), (at, byte) => {
      const broken = Buffer.from(file);
      broken[at] = byte;
      expect(Array.isArray(readSetStrings(broken))).toBe(true);
    }),
  );
});
