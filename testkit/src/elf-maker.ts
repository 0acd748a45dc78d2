/** What an ELF file for tests has inside. Everything may be left out; the default is what a Go linker of today writes. */
export interface ElfRecipe {
  readonly bits?: 32 | 64;
  readonly littleEndian?: boolean;
  readonly machine?: number;
  readonly osAbi?: number;
  /** `false` removes the section headers, as some packers do. */
  readonly sectionHeaders?: boolean;
  /** `false` leaves the build info to be found in the data segment. */
  readonly buildInfoSection?: boolean;
  readonly symbols?: boolean;
  readonly interpreter?: boolean;
  /** `inline` since Go 1.18, `pointers` from 1.13 to 1.17, `none` for a program without build info. */
  readonly form?: 'inline' | 'pointers' | 'none';
  readonly goVersion?: string;
  /** The module text without its sentinels. */
  readonly modules?: string;
  /** Empty for none. */
  readonly buildId?: string;
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
  form: 'inline',
  goVersion: 'go1.26.8',
  modules:
    'path\texample.com/hello\nmod\texample.com/hello\tv1.0.0\th1:aaaa=\nbuild\tGOARCH=amd64\nbuild\tGOOS=linux\n',
  buildId: 'actionlink/actionmain/contentmain/contentbinary',
  dataBefore: 0,
};

const loadAddress = 0x400000;
const encoder = new TextEncoder();
const startSentinel = Uint8Array.from('3077af0c9274080241e1c107e6d618e6'.match(/../g) ?? [], (pair) =>
  Number.parseInt(pair, 16),
);
const endSentinel = Uint8Array.from('f932433186182072008242104116d8f2'.match(/../g) ?? [], (pair) =>
  Number.parseInt(pair, 16),
);

/** A growing file in one byte order and word size. */
class Writer {
  readonly #recipe: Full;
  bytes = new Uint8Array(0);

  constructor(recipe: Full) {
    this.#recipe = recipe;
  }

  get at(): number {
    return this.bytes.length;
  }

  add(part: Uint8Array): number {
    const start = this.at;
    const next = new Uint8Array(start + part.length);
    next.set(this.bytes);
    next.set(part, start);
    this.bytes = next;
    return start;
  }

  align(to: number): void {
    this.add(new Uint8Array((to - (this.at % to)) % to));
  }

  u16(...values: number[]): Uint8Array {
    return this.#numbers(values, 2);
  }

  u32(...values: number[]): Uint8Array {
    return this.#numbers(values, 4);
  }

  word(...values: number[]): Uint8Array {
    return this.#numbers(values, this.#recipe.bits / 8);
  }

  #numbers(values: readonly number[], width: number): Uint8Array {
    const bytes = new Uint8Array(values.length * width);
    const view = new DataView(bytes.buffer);
    values.forEach((value, index) => {
      const { littleEndian } = this.#recipe;
      if (width === 2) view.setUint16(index * width, value, littleEndian);
      else if (width === 4) view.setUint32(index * width, value, littleEndian);
      else view.setBigUint64(index * width, BigInt(value), littleEndian);
    });
    return bytes;
  }
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function uvarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

function framed(modules: string): Uint8Array {
  return modules === '' ? new Uint8Array(0) : concat(startSentinel, encoder.encode(modules), endSentinel);
}

const magic = Uint8Array.from('\xff Go buildinf:', (char) => char.charCodeAt(0));

/** The build info as it lies at an address, with the strings that it points to behind it. */
function blob(recipe: Full, writer: Writer, address: number): Uint8Array {
  const { form, bits, littleEndian } = recipe;
  if (form === 'none') return new Uint8Array(64);
  const version = encoder.encode(recipe.goVersion);
  const modules = framed(recipe.modules);
  const step = bits / 8;
  if (form === 'inline') {
    const head = concat(magic, Uint8Array.of(0, 2), new Uint8Array(16));
    return concat(
      head,
      uvarint(version.length),
      version,
      uvarint(modules.length),
      modules,
      new Uint8Array(16),
    );
  }
  const strings = address + 32 + 4 * step;
  const pointers = writer.word(address + 32, address + 32 + 2 * step);
  const headers = writer.word(strings, version.length, strings + version.length, modules.length);
  const head = concat(
    magic,
    Uint8Array.of(step, littleEndian ? 0 : 1),
    pointers,
    new Uint8Array(16 - 2 * step),
  );
  return concat(head, headers, version, modules);
}

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

/** A small ELF executable after a recipe: no code in it, but everything that a reader of build info looks at. */
export function makeElf(recipe: ElfRecipe = {}): Uint8Array {
  const full = { ...defaults, ...recipe };
  const { bits } = full;
  const writer = new Writer(full);
  const segments = full.interpreter ? 4 : 3;
  writer.add(new Uint8Array((bits === 32 ? 52 : 64) + segments * (bits === 32 ? 32 : 56)));
  writer.align(16);
  const noteBytes = note(full, writer);
  const noteAt = writer.add(noteBytes);
  writer.align(4096);
  const dataAt = writer.at;
  writer.add(new Uint8Array(Math.ceil(full.dataBefore / 16) * 16));
  const blobBytes = blob(full, writer, loadAddress + writer.at);
  const blobAt = writer.add(blobBytes);
  const dataSize = writer.at - dataAt;
  const sections: Section[] = [
    { name: '.note.go.buildid', type: 7, offset: noteAt, size: noteBytes.length },
    {
      name: full.buildInfoSection ? '.go.buildinfo' : '.data',
      type: 1,
      offset: blobAt,
      size: blobBytes.length,
    },
    ...(full.symbols ? [{ name: '.symtab', type: 2, offset: blobAt, size: 0 }] : []),
  ];
  const used = sections.filter(({ name, size }) => name !== '.note.go.buildid' || size > 0);
  const table = full.sectionHeaders ? addSections(writer, used) : { offset: 0, count: 0 };
  writer.bytes.set(header(full, writer, { segments, sections: table }));
  const programs = concat(
    segment(writer, bits, { type: 4, flags: 4, offset: noteAt, size: noteBytes.length }),
    segment(writer, bits, { type: 1, flags: 5, offset: 0, size: dataAt }),
    segment(writer, bits, { type: 1, flags: 6, offset: dataAt, size: dataSize }),
    ...(full.interpreter ? [segment(writer, bits, { type: 3, flags: 4, offset: noteAt, size: 0 })] : []),
  );
  writer.bytes.set(programs, bits === 32 ? 52 : 64);
  return writer.bytes;
}
