/** Values that the linker set by `-X`, by the variable's name. */
export type LinkValues = ReadonlyMap<string, string>;

interface Section {
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

const symbolTable = 2;
const symbolSize = 24;
const maxSymbols = 2_000_000;
const maxValue = 4096;
/** What the toolchain itself sets. */
const own =
  /^(?:runtime\.(?:buildVersion|modinfo|godebugDefault|defaultGOROOT)|internal\/buildcfg\.|cmd\/internal\/objabi\.)/;

/** Sections of a 64-bit little-endian ELF file; empty for every other file. */
function readSections(file: Buffer): Section[] {
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1) return [];
  const table = Number(file.readBigUInt64LE(40));
  const [size, count] = [file.readUInt16LE(58), file.readUInt16LE(60)];
  if (size !== 64 || table + size * count > file.length) return [];
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * size;
    const word = (offset: number): number => Number(file.readBigUInt64LE(at + offset));
    const [address, offset, bytes] = [word(16), word(24), word(32)];
    return {
      type: file.readUInt32LE(at + 4),
      address,
      offset,
      size: bytes,
      link: file.readUInt32LE(at + 40),
    };
  });
}

function textAt(file: Buffer, start: number, end: number): string | undefined {
  return start >= 0 && end >= start && end <= file.length ? file.toString('utf8', start, end) : undefined;
}

/** Where in the file an address lies. */
function offsetOf(sections: readonly Section[], address: number): number | undefined {
  const home = sections.find(
    (section) => address >= section.address && address < section.address + section.size,
  );
  return home && address - home.address + home.offset;
}

/**
 * The values that an ELF file's `-X` flags set: for each the linker leaves a symbol `<variable>.str`. Empty without a symbol table.
 * @see Go cmd/link/internal/ld/data.go addstrdata (go1.26)
 */
export function readLinkValues(file: Buffer): LinkValues {
  const sections = readSections(file);
  const table = sections.find(({ type }) => type === symbolTable);
  const names = table && sections[table.link];
  const values = new Map<string, string>();
  if (!table || !names || table.offset + table.size > file.length) return values;
  const count = Math.min(maxSymbols, Math.floor(table.size / symbolSize));
  for (let index = 0; index < count; index++) {
    const at = table.offset + index * symbolSize;
    const length = Number(file.readBigUInt64LE(at + 16));
    const start = names.offset + file.readUInt32LE(at);
    const name = textAt(file, start, file.indexOf(0, start)) ?? '';
    if (length > maxValue || !name.endsWith('.str') || own.test(name)) continue;
    const offset = offsetOf(sections, Number(file.readBigUInt64LE(at + 8)));
    // The string is kept with a NUL after it.
    const value = offset === undefined ? undefined : textAt(file, offset, offset + length - 1);
    if (value !== undefined) values.set(name.slice(0, -'.str'.length), value);
  }
  return values;
}
