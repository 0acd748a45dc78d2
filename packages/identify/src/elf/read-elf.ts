import type { Executable, GoTraces, MappedRegion } from '../executable.ts';
import type { FileBytes } from '../file-bytes.ts';
import { type ElfHeader, type ElfSegment, sectionType, segmentFlag, segmentType } from './layout.ts';
import { archOf, osOf } from './platform.ts';
import { readElfHeader } from './read-header.ts';
import { readLinkage } from './read-linkage.ts';
import { readGoBuildId } from './read-notes.ts';
import { type ElfTables, readElfTables } from './read-tables.ts';

const goSections = [
  ...['.go.buildinfo', '.note.go.buildid', '.gopclntab', '.data.rel.ro.gopclntab', '.go_export'],
];

const regionOf = ({ address, offset, fileSize }: ElfSegment): MappedRegion => ({
  address,
  offset,
  size: fileSize,
});

/** The section that the linker names, else the writable data. */
function dataOf({ sections, segments }: ElfTables): MappedRegion[] {
  const section = sections?.find('.go.buildinfo');
  const named = section?.type === sectionType.noBits ? undefined : section;
  const mask = segmentFlag.execute | segmentFlag.write;
  const writable = segments.filter(
    ({ type, flags }) => type === segmentType.load && (flags & mask) === segmentFlag.write,
  );
  return [...(named ? [named] : []), ...writable.map(regionOf)];
}

function symbolsOf({ bits, littleEndian }: ElfHeader, { sections }: ElfTables): GoTraces['symbols'] {
  const table = sections?.find('.symtab');
  const names = table && sections?.find('.strtab');
  return table && names && { order: { bits, littleEndian }, table, names };
}

const maxCommentBytes = 4096;
const latin1 = new TextDecoder('latin1');

/** The GCC release of a program of gccgo: its compiler leaves what packages export, and says who it is. */
function gccOf(file: FileBytes, { sections }: ElfTables): string | undefined {
  if (!sections?.find('.go_export')) return undefined;
  const comment = sections.find('.comment');
  const text = comment
    ? latin1.decode(file.take(comment.offset, Math.min(comment.size, maxCommentBytes)))
    : '';
  return /GCC: \([^)]*\) ([0-9.]+)/.exec(text)?.[1] ?? '';
}

/**
 * What the headers of an ELF file say.
 * @throws `identify.truncated-header`, `identify.malformed-header`
 */
export function readElf(file: FileBytes): Executable {
  const header = readElfHeader(file);
  const tables = readElfTables(file, header);
  const { segments, sections, problems } = tables;
  const { linkage, runtimeLibrary } = readLinkage(file, header, tables);
  return {
    format: 'elf',
    os: osOf(header),
    arch: archOf(header),
    mapped: segments.filter(({ type }) => type === segmentType.load).map(regionOf),
    data: dataOf(tables),
    buildId: readGoBuildId(file, header, tables),
    linkage,
    runtimeLibrary,
    stripped: !sections?.find('.symtab'),
    traces: () => ({
      hasGoSections: goSections.some((name) => sections?.find(name)),
      gcc: gccOf(file, tables),
      symbols: symbolsOf(header, tables),
    }),
    problems: sections === undefined ? [...problems, 'section headers: none'] : problems,
  };
}
