import { type ElfSection, elf, readElfSections, sectionAt, textBetween } from './elf-sections.ts';

/** A string that a package-level variable has from the start. */
export interface SetString {
  readonly value: string;
  /** Where its text is loaded: in the order of the `-X` flags among texts of one length. */
  readonly address: number;
}

const maxValue = 4096;
const maxFound = 20_000;
const maxPointers = 4_000_000;
const word = 8;

const isLoaded = ({ type, flags }: ElfSection): boolean =>
  type === elf.types.content && (flags & elf.flags.load) !== 0;
const isData = (section: ElfSection): boolean => isLoaded(section) && (section.flags & elf.flags.write) !== 0;
const isConstant = (section: ElfSection): boolean =>
  isLoaded(section) && (section.flags & (elf.flags.write | elf.flags.execute)) === 0;

/** A file with what reading its data takes. */
interface Image {
  readonly file: Buffer;
  readonly constants: readonly ElfSection[];
  /** Pointers of a position-independent file, by the address where the loader puts them. */
  readonly pointers: ReadonlyMap<number, number>;
}

/** Types of a relocation that puts an address of the file itself somewhere: amd64, arm64. @see System V ABI supplements */
const relative = new Set([8, 1027]);
const relocationSize = 24;

function readPointers(file: Buffer, sections: readonly ElfSection[]): Map<number, number> {
  const pointers = new Map<number, number>();
  for (const { offset, size } of sections.filter(({ type }) => type === elf.types.relocations)) {
    const end = Math.min(offset + size, file.length) - relocationSize;
    for (let at = offset; at <= end && pointers.size < maxPointers; at += relocationSize) {
      if (!relative.has(file.readUInt32LE(at + 8))) continue;
      pointers.set(Number(file.readBigUInt64LE(at)), Number(file.readBigUInt64LE(at + 16)));
    }
  }
  return pointers;
}

/** The text that a string header in the data points to, when a NUL follows it. */
function stringAt({ file, constants, pointers }: Image, at: number, loadedAt: number): SetString | undefined {
  // Both words are small numbers; looking at their upper halves first skips nearly all of the data.
  if (file.readUInt32LE(at + 12) !== 0 || file.readUInt32LE(at + 4) > 0xffff) return undefined;
  const length = file.readUInt32LE(at + word);
  const address = pointers.get(loadedAt) ?? Number(file.readBigUInt64LE(at));
  const isText = length > 0 && length <= maxValue;
  const home = isText ? sectionAt(constants, address) : undefined;
  if (!home) return undefined;
  const start = address - home.address + home.offset;
  const value = file[start + length] === 0 ? textBetween(file, start, start + length) : undefined;
  return value === undefined ? undefined : { value, address };
}

/**
 * Strings in an ELF file's data whose text ends in a NUL. The linker ends so the texts that `-X` sets, the compiler none: what is
 * here and not in the same program without `-X` was set, with or without a symbol table.
 * @see Go cmd/link/internal/ld/data.go addstrdata, cmd/link/internal/loader SymbolBuilder.Addstring (go1.26)
 */
export function readSetStrings(file: Buffer): SetString[] {
  const sections = readElfSections(file);
  const image = { file, constants: sections.filter(isConstant), pointers: readPointers(file, sections) };
  const found = new Map<number, SetString>();
  for (const { offset, size, address } of sections.filter(isData)) {
    const end = Math.min(offset + size, file.length) - 2 * word;
    for (let at = offset; at <= end && found.size < maxFound; at += word) {
      const text = stringAt(image, at, address + at - offset);
      if (text) found.set(text.address, text);
    }
  }
  return [...found.values()].sort((a, b) => a.address - b.address);
}

/** What the first has more often than the second. */
export function withoutStringsOf(strings: readonly SetString[], others: readonly SetString[]): SetString[] {
  const left = new Map<string, number>();
  for (const { value } of others) left.set(value, (left.get(value) ?? 0) + 1);
  return strings.filter(({ value }) => {
    const count = left.get(value) ?? 0;
    if (count > 0) left.set(value, count - 1);
    return count === 0;
  });
}
