import type { FileBytes } from '../file-bytes.ts';
import { NumberView } from '../number-view.ts';
import { type ElfHeader, type ElfSegment, type ElfTable, sectionType } from './layout.ts';
import { parseSection, SectionTable } from './section-table.ts';

/** More than any linker writes into an executable; what a hostile header may make us read. */
const maxTableBytes = 1 << 20;
const maxNameBytes = 1 << 20;

/** An ELF file's maps. What could not be read is missing here and named in `problems`. */
export interface ElfTables {
  readonly segments: readonly ElfSegment[];
  /** `undefined` when there are none, or none that have names. */
  readonly sections: SectionTable | undefined;
  readonly problems: readonly string[];
}

/** A header table's bytes, as many entries as are there; `undefined` for none. */
function readTable(
  file: FileBytes,
  header: ElfHeader,
  request: {
    readonly table: ElfTable;
    readonly minimum: number;
    readonly name: string;
    readonly problems: string[];
  },
): NumberView | undefined {
  const { table, minimum, name, problems } = request;
  if (table.offset === 0 || table.count === 0) return undefined;
  if (table.entrySize < minimum) {
    problems.push(`${name}: entries of ${table.entrySize} bytes, expected ${minimum}`);
    return undefined;
  }
  const wanted = table.count * table.entrySize;
  const bytes = file.take(table.offset, Math.min(wanted, maxTableBytes));
  if (bytes.length < wanted) {
    problems.push(`${name}: ${wanted} bytes at offset ${table.offset}, found ${bytes.length}`);
  }
  return new NumberView(bytes, header);
}

function parseSegment(view: NumberView, at: number): ElfSegment {
  const isWide = view.bits === 64;
  return {
    type: view.u32(at),
    flags: view.u32(at + (isWide ? 4 : 24)),
    offset: view.word(at + (isWide ? 8 : 4)),
    address: view.word(at + (isWide ? 16 : 8)),
    fileSize: view.word(at + (isWide ? 32 : 16)),
  };
}

function readSegments(file: FileBytes, header: ElfHeader, problems: string[]): ElfSegment[] {
  const minimum = header.bits === 32 ? 32 : 56;
  const { segments: table } = header;
  const view = readTable(file, header, { table, minimum, name: 'program headers', problems });
  const segments: ElfSegment[] = [];
  if (!view) return segments;
  for (let at = 0; at + table.entrySize <= view.length; at += table.entrySize) {
    segments.push(parseSegment(view, at));
  }
  return segments;
}

function readSections(file: FileBytes, header: ElfHeader, problems: string[]): SectionTable | undefined {
  const minimum = header.bits === 32 ? 40 : 64;
  const { sections: table } = header;
  const view = readTable(file, header, { table, minimum, name: 'section headers', problems });
  if (!view) return undefined;
  const at = table.namesIndex * table.entrySize;
  const names = at + table.entrySize <= view.length ? parseSection(view, at) : undefined;
  if (names?.type !== sectionType.stringTable) {
    problems.push('section headers: no table of names');
    return undefined;
  }
  const bytes = file.take(names.offset, Math.min(names.size, maxNameBytes));
  return new SectionTable(view, table.entrySize, bytes);
}

/** The program and section headers, as far as they can be read. Never throws. */
export function readElfTables(file: FileBytes, header: ElfHeader): ElfTables {
  const problems: string[] = [];
  const segments = readSegments(file, header, problems);
  const sections = readSections(file, header, problems);
  return { segments, sections, problems };
}
