import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLinkValues } from './elf-symbols.ts';

/** The smallest ELF file with a symbol table: the symbols are text of a section loaded at 0x1000. */
function elfWith(symbols: Readonly<Record<string, string>>): Buffer {
  const data = Buffer.from(
    Object.values(symbols)
      .map((value) => `${value}\0`)
      .join(''),
  );
  const names = Buffer.from(
    `\0${Object.keys(symbols)
      .map((name) => `${name}\0`)
      .join('')}`,
  );
  const table = Buffer.alloc(24 * Object.keys(symbols).length);
  let [nameAt, valueAt, at] = [1, 0x1000, 0];
  for (const [name, value] of Object.entries(symbols)) {
    table.writeUInt32LE(nameAt, at);
    table.writeBigUInt64LE(BigInt(valueAt), at + 8);
    table.writeBigUInt64LE(BigInt(value.length + 1), at + 16);
    nameAt += name.length + 1;
    valueAt += value.length + 1;
    at += 24;
  }
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01', 'latin1');
  const parts = [data, names, table];
  const offsets = [64, 64 + data.length, 64 + data.length + names.length];
  const sections = [
    { type: 1, address: 0x1000 },
    { type: 3, address: 0 },
    { type: 2, address: 0 },
  ].map(({ type, address }, index) => {
    const section = Buffer.alloc(64);
    section.writeUInt32LE(type, 4);
    section.writeBigUInt64LE(BigInt(address), 16);
    section.writeBigUInt64LE(BigInt(offsets[index] ?? 0), 24);
    section.writeBigUInt64LE(BigInt(parts[index]?.length ?? 0), 32);
    section.writeUInt32LE(1, 40);
    return section;
  });
  header.writeBigUInt64LE(BigInt(64 + parts.reduce((sum, part) => sum + part.length, 0)), 40);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(sections.length, 60);
  return Buffer.concat([header, ...parts, ...sections]);
}

test('values by variable, without what the toolchain sets', () => {
  const symbols = {
    'main.version.str': '1.2.3',
    'main.main': 'code',
    'runtime.buildVersion.str': 'go1.26.8',
  };
  expect(Object.fromEntries(readLinkValues(elfWith(symbols)))).toEqual({ 'main.version': '1.2.3' });
});

test('any bytes have an answer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => readLinkValues(Buffer.from(bytes)).size === 0),
  );
  const file = elfWith({ 'main.version.str': '1.2.3' });
  fc.assert(
    fc.property(fc.nat(file.length - 1), fc.nat(255), (at, byte) => {
      const broken = Buffer.from(file);
      broken[at] = byte;
      expect(readLinkValues(broken)).toBeInstanceOf(Map);
    }),
  );
});
