import { elf, readElfSections, sectionAt, textBetween } from './elf-sections.ts';

/** Values that the linker set by `-X`, by the variable's name. */
export type LinkValues = ReadonlyMap<string, string>;

const symbolSize = 24;
const maxSymbols = 2_000_000;
const maxValue = 4096;
const ending = '.str';
/** What the toolchain itself sets. */
const own =
  /^(?:runtime\.(?:buildVersion|modinfo|godebugDefault|defaultGOROOT)|internal\/buildcfg\.|cmd\/internal\/objabi\.)/;

/**
 * The values that an ELF file's `-X` flags set: for each the linker leaves a symbol `<variable>.str`. Empty without a symbol table.
 * @see Go cmd/link/internal/ld/data.go addstrdata (go1.26)
 */
export function readLinkValues(file: Buffer): LinkValues {
  const sections = readElfSections(file);
  const table = sections.find(({ type }) => type === elf.types.symbols);
  const names = table && sections[table.link];
  const values = new Map<string, string>();
  if (!table || !names || table.offset + table.size > file.length) return values;
  const count = Math.min(maxSymbols, Math.floor(table.size / symbolSize));
  for (let index = 0; index < count; index++) {
    const at = table.offset + index * symbolSize;
    const length = Number(file.readBigUInt64LE(at + 16));
    const start = names.offset + file.readUInt32LE(at);
    const name = textBetween(file, start, file.indexOf(0, start)) ?? '';
    if (length > maxValue || !name.endsWith(ending) || own.test(name)) continue;
    const address = Number(file.readBigUInt64LE(at + 8));
    const home = sectionAt(sections, address);
    // A function may be called `str` as well.
    if (!home || home.flags & elf.flags.execute) continue;
    const offset = address - home.address + home.offset;
    // The string is kept with a NUL after it.
    const value = textBetween(file, offset, offset + length - 1);
    if (value !== undefined) values.set(name.slice(0, -ending.length), value);
  }
  return values;
}
