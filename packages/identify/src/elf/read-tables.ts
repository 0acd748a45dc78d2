import type { ByteReader, FileBytes } from '../byte-reader.ts';
import { NumberView } from '../number-view.ts';
import { type ElfHeader, type ElfSection, type ElfSegment, type ElfTable, sectionType } from './layout.ts';

/** More than any linker writes into an executable; what a hostile header may make us read. */
const maxTableBytes = 1 << 20;
const maxNameBytes = 1 << 20;
const maxNameLength = 256;

/** An ELF file's maps. What could not be read is missing here and named in `problems`. */
export interface ElfTables {
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly ElfSection[];
  readonly problems: readonly string[];
}

/** Reads a header table's entries as far as they are there. */
function* readEntries<T>(
  file: FileBytes,
  request: {
    readonly header: ElfHeader;
    readonly table: ElfTable;
    readonly minimum: number;
    readonly name: string;
    readonly problems: string[];
  },
  parse: (view: NumberView, at: number) => T,
): ByteReader<T[]> {
  const { header, table, minimum, name, problems } = request;
  if (table.offset === 0 || table.count === 0) return [];
  if (table.entrySize < minimum) {
    problems.push(`${name}: entries of ${table.entrySize} bytes, expected ${minimum}`);
    return [];
  }
  const wanted = table.count * table.entrySize;
  const bytes = yield* file.read(table.offset, Math.min(wanted, maxTableBytes));
  if (bytes.length < wanted) {
    problems.push(`${name}: ${wanted} bytes at offset ${table.offset}, found ${bytes.length}`);
  }
  const view = new NumberView(bytes, header);
  const count = Math.floor(bytes.length / table.entrySize);
  const entries: T[] = [];
  for (let index = 0; index < count; index++) entries.push(parse(view, index * table.entrySize));
  return entries;
}

function parseSegment(view: NumberView, at: number): ElfSegment {
  if (view.bits === 32) {
    const [type, offset, address] = [view.u32(at), view.u32(at + 4), view.u32(at + 8)];
    return { type, offset, address, fileSize: view.u32(at + 16), flags: view.u32(at + 24) };
  }
  const [type, flags, offset] = [view.u32(at), view.u32(at + 4), view.word(at + 8)];
  return { type, flags, offset, address: view.word(at + 16), fileSize: view.word(at + 32) };
}

/** Where the headers have their name in the table of names. */
type NamelessSection = Omit<ElfSection, 'name'> & { name: string; readonly nameAt: number };

function parseSection(view: NumberView, at: number): NamelessSection {
  const [nameAt, type] = [view.u32(at), view.u32(at + 4)];
  const step = view.bits === 32 ? 4 : 8;
  const first = at + 8 + step;
  return {
    name: '',
    nameAt,
    type,
    address: view.word(first),
    offset: view.word(first + step),
    size: view.word(first + 2 * step),
  };
}

const latin1 = new TextDecoder('latin1');

/** Names are given to the sections that were just made, which is faster than making them anew. */
function nameAll(sections: readonly NamelessSection[], bytes: Uint8Array): ElfSection[] {
  const names = latin1.decode(bytes);
  for (const section of sections) {
    const name = names.slice(section.nameAt, section.nameAt + maxNameLength);
    const end = name.indexOf('\0');
    section.name = end < 0 ? name : name.slice(0, end);
  }
  return [...sections];
}

function* readSections(file: FileBytes, header: ElfHeader, problems: string[]): ByteReader<ElfSection[]> {
  const minimum = header.bits === 32 ? 40 : 64;
  const request = { header, table: header.sections, minimum, name: 'section headers', problems };
  const raw = yield* readEntries(file, request, parseSection);
  const table = raw[header.sections.namesIndex];
  if (!table || table.type !== sectionType.stringTable) {
    if (raw.length > 0) problems.push('section headers: no table of names');
    return [];
  }
  const names = yield* file.read(table.offset, Math.min(table.size, maxNameBytes));
  return nameAll(raw, names);
}

/** The program and section headers, as far as they can be read. Never throws. */
export function* readElfTables(file: FileBytes, header: ElfHeader): ByteReader<ElfTables> {
  const problems: string[] = [];
  const minimum = header.bits === 32 ? 32 : 56;
  const request = { header, table: header.segments, minimum, name: 'program headers', problems };
  const segments = yield* readEntries(file, request, parseSegment);
  const sections = yield* readSections(file, header, problems);
  return { segments, sections, problems };
}
