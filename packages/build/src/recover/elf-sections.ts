/** A part of an ELF file, as its section header tells. */
export interface ElfSection {
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/** Values of `type` and bits of `flags`. @see elf(5) */
export const elf = {
  types: { content: 1, symbols: 2, relocations: 4 },
  flags: { write: 1, load: 2, execute: 4 },
} as const;

const headerSize = 64;
const magic = 0x7f454c46;

/** Sections of a 64-bit little-endian ELF file; empty for every other file. */
export function readElfSections(file: Buffer): ElfSection[] {
  if (file.length < headerSize || file.readUInt32BE(0) !== magic || file[4] !== 2 || file[5] !== 1) return [];
  const table = Number(file.readBigUInt64LE(40));
  const [size, count] = [file.readUInt16LE(58), file.readUInt16LE(60)];
  if (size !== headerSize || table + size * count > file.length) return [];
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * size;
    const word = (offset: number): number => Number(file.readBigUInt64LE(at + offset));
    return {
      type: file.readUInt32LE(at + 4),
      flags: word(8),
      address: word(16),
      offset: word(24),
      size: word(32),
      link: file.readUInt32LE(at + 40),
    };
  });
}

/** The section that an address lies in, once it is loaded. */
export function sectionAt(sections: readonly ElfSection[], address: number): ElfSection | undefined {
  return sections.find(
    (section) =>
      address >= section.address && address < section.address + section.size && section.address > 0,
  );
}

/** Text between two offsets of a file; `undefined` when it is no text, or not in the file. */
export function textBetween(file: Buffer, start: number, end: number): string | undefined {
  if (start < 0 || end < start || end > file.length) return undefined;
  const text = file.toString('utf8', start, end);
  return /\p{Cc}|\ufffd/u.test(text.replaceAll(/[\n\t]/g, '')) ? undefined : text;
}
