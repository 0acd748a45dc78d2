import { type BuildInfoRecipe, buildInfoBlob, concat, defaultBuildInfo, Writer } from './build-info-maker.ts';

/** What an ELF file for tests has inside. Everything may be left out; the default is what a Go linker of today writes. */
export interface ElfRecipe extends Partial<BuildInfoRecipe> {
  readonly machine?: number;
  readonly osAbi?: number;
  /** `false` removes the section headers, as some packers do. */
  readonly sectionHeaders?: boolean;
  /** `false` leaves the build info to be found in the data segment. */
  readonly buildInfoSection?: boolean;
  readonly symbols?: boolean;
  readonly interpreter?: boolean;
  /** Empty for none. */
  readonly buildId?: string;
  /** Shared libraries that it asks for. */
  readonly needed?: readonly string[];
  /** The release in a variable `runtime.buildVersion` with its symbol, as before Go 1.13; empty for none. */
  readonly versionSymbol?: string;
  /** Bytes of other data before the build info; made a multiple of 16. */
  readonly dataBefore?: number;
}

type Full = Required<ElfRecipe>;

const defaults: Full = {
  bits: 64,
  littleEndian: true,
  machine: 62,
  osAbi: 0,
  sectionHeaders: true,
  buildInfoSection: true,
  symbols: true,
  interpreter: false,
  ...defaultBuildInfo,
  buildId: 'actionlink/actionmain/contentmain/contentbinary',
  needed: [],
  versionSymbol: '',
  dataBefore: 0,
};

const loadAddress = 0x400000;
const encoder = new TextEncoder();

function note(recipe: Full, writer: Writer): Uint8Array {
  if (recipe.buildId === '') return new Uint8Array(0);
  const id = encoder.encode(recipe.buildId);
  const padding = new Uint8Array((4 - (id.length % 4)) % 4);
  return concat(writer.u32(4, id.length, 4), encoder.encode('Go\0\0'), id, padding);
}

interface Part {
  readonly offset: number;
  readonly size: number;
}

interface Section extends Part {
  readonly name: string;
  readonly type: number;
}

function segment(writer: Writer, bits: 32 | 64, parts: Part & { type: number; flags: number }): Uint8Array {
  const { type, flags, offset, size } = parts;
  const place = writer.word(offset, loadAddress + offset, loadAddress + offset, size, size);
  return bits === 32
    ? concat(writer.u32(type), place, writer.u32(flags, 16))
    : concat(writer.u32(type, flags), place, writer.word(16));
}

function sectionHeader(writer: Writer, nameAt: number, section: Section): Uint8Array {
  const { type, offset, size } = section;
  const address = type === 0 ? 0 : loadAddress + offset;
  return concat(
    writer.u32(nameAt, type),
    writer.word(0, address, offset, size),
    writer.u32(0, 0),
    writer.word(1, 0),
  );
}

/** Writes names and headers of sections at the end of the file; returns where the headers lie. */
function addSections(writer: Writer, parts: readonly Section[]): { offset: number; count: number } {
  const names = ['', ...parts.map(({ name }) => name), '.shstrtab'];
  const table = encoder.encode(names.map((name) => `${name}\0`).join(''));
  const offset = writer.add(table);
  const none = { name: '', type: 0, offset: 0, size: 0 };
  const all = [none, ...parts, { name: '.shstrtab', type: 3, offset, size: table.length }];
  writer.align(8);
  const start = writer.at;
  let nameAt = 0;
  for (const section of all) {
    writer.add(sectionHeader(writer, nameAt, section));
    nameAt += section.name.length + 1;
  }
  return { offset: start, count: all.length };
}

function header(
  recipe: Full,
  writer: Writer,
  tables: { segments: number; sections: { offset: number; count: number } },
): Uint8Array {
  const { bits, littleEndian, osAbi, machine } = recipe;
  const size = bits === 32 ? 52 : 64;
  const ident = Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, bits === 32 ? 1 : 2, littleEndian ? 1 : 2, 1, osAbi);
  return concat(
    ident,
    new Uint8Array(8),
    writer.u16(2, machine),
    writer.u32(1),
    writer.word(loadAddress, size, tables.sections.offset),
    writer.u32(0),
    writer.u16(size, bits === 32 ? 32 : 56, tables.segments, bits === 32 ? 40 : 64),
    writer.u16(tables.sections.count, Math.max(0, tables.sections.count - 1)),
  );
}

/** Writes the dynamic table and the names that it points to; returns where the table lies. */
function addDynamic({ needed }: Full, writer: Writer): Part {
  const names = writer.add(encoder.encode(`\0${needed.map((name) => `${name}\0`).join('')}`));
  writer.align(16);
  let at = 1;
  const entries = needed.map((name) => {
    const entry = writer.word(1, at);
    at += name.length + 1;
    return entry;
  });
  const table = concat(...entries, writer.word(5, loadAddress + names, 0, 0));
  return { offset: writer.add(table), size: table.length };
}

/** Writes the variable `runtime.buildVersion`; returns where it lies. */
function addVariable({ versionSymbol }: Full, writer: Writer): number {
  const text = encoder.encode(versionSymbol);
  const at = writer.add(text);
  writer.align(16);
  return writer.add(writer.word(loadAddress + at, text.length));
}

/** Writes the symbol table and its names; returns their sections. */
function addSymbols(
  { bits, symbols, sectionHeaders, versionSymbol }: Full,
  writer: Writer,
  variableAt: number,
): Section[] {
  if (!symbols || !sectionHeaders) return [];
  const names = encoder.encode('\0runtime.main\0runtime.buildVersion\0');
  const symbol = (nameAt: number, value: number): Uint8Array =>
    bits === 64
      ? concat(writer.u32(nameAt, 0), writer.word(value, 8))
      : concat(writer.u32(nameAt, value, 8, 0));
  const known = concat(symbol(0, 0), symbol(1, loadAddress), symbol(14, loadAddress + variableAt));
  const table = versionSymbol === '' ? known.subarray(0, (known.length / 3) * 2) : known;
  return [
    { name: '.symtab', type: 2, offset: writer.add(table), size: table.length },
    { name: '.strtab', type: 3, offset: writer.add(names), size: names.length },
  ];
}

/** A small ELF executable after a recipe: no code in it, but everything that a reader of build info looks at. */
export function makeElf(recipe: ElfRecipe = {}): Uint8Array {
  const full = { ...defaults, ...recipe };
  const { bits } = full;
  const writer = new Writer(full);
  const segments = 3 + (full.interpreter ? 1 : 0) + (full.needed.length > 0 ? 1 : 0);
  writer.add(new Uint8Array((bits === 32 ? 52 : 64) + segments * (bits === 32 ? 32 : 56)));
  writer.align(16);
  const noteBytes = note(full, writer);
  const noteAt = writer.add(noteBytes);
  writer.align(4096);
  const dataAt = writer.at;
  writer.add(new Uint8Array(Math.ceil(full.dataBefore / 16) * 16));
  const dynamic = addDynamic(full, writer);
  const variableAt = addVariable(full, writer);
  writer.align(16);
  const blobBytes = buildInfoBlob(full, writer, loadAddress + writer.at);
  const blobAt = writer.add(blobBytes);
  const dataSize = writer.at - dataAt;
  const symbols = addSymbols(full, writer, variableAt);
  const sections: Section[] = [
    { name: '.note.go.buildid', type: 7, offset: noteAt, size: noteBytes.length },
    {
      name: full.buildInfoSection ? '.go.buildinfo' : '.data',
      type: 1,
      offset: blobAt,
      size: blobBytes.length,
    },
    ...symbols,
  ];
  const used = sections.filter(({ name, size }) => name !== '.note.go.buildid' || size > 0);
  const table = full.sectionHeaders ? addSections(writer, used) : { offset: 0, count: 0 };
  writer.bytes.set(header(full, writer, { segments, sections: table }));
  const programs = concat(
    segment(writer, bits, { type: 4, flags: 4, offset: noteAt, size: noteBytes.length }),
    segment(writer, bits, { type: 1, flags: 5, offset: 0, size: dataAt }),
    segment(writer, bits, { type: 1, flags: 6, offset: dataAt, size: dataSize }),
    ...(full.needed.length > 0 ? [segment(writer, bits, { type: 2, flags: 6, ...dynamic })] : []),
    ...(full.interpreter ? [segment(writer, bits, { type: 3, flags: 4, offset: noteAt, size: 0 })] : []),
  );
  writer.bytes.set(programs, bits === 32 ? 52 : 64);
  return writer.bytes;
}
