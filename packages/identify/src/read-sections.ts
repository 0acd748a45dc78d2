import { type ByteReader, FileBytes } from './byte-reader.ts';
import { sectionType } from './elf/layout.ts';
import { readElfHeader } from './elf/read-header.ts';
import { readElfTables } from './elf/read-tables.ts';
import type { FileSection } from './executable.ts';
import { fileKindOf } from './file-kind.ts';
import { listMachSections } from './macho/read-macho.ts';
import { listPeSections } from './pe/read-pe.ts';

export type { FileSection } from './executable.ts';

function listElfSections(file: FileBytes): FileSection[] {
  const { sections } = readElfTables(file, readElfHeader(file));
  return (sections?.list() ?? [])
    .filter(({ type }) => type !== sectionType.noBits)
    .map(({ name, offset, size }) => ({ name, offset, size }));
}

const lists = { elf: listElfSections, macho: listMachSections, pe: listPeSections } as const;

/**
 * The sections of an ELF, Mach-O or PE file that have bytes in it, in order of offset; none of any other file.
 * @throws `identify.truncated-header`, `identify.malformed-header`, `identify.not-executable`
 */
export function* readSections(): ByteReader<FileSection[]> {
  const file = new FileBytes();
  const kind = fileKindOf(yield* file.parse((bytes) => bytes.take(0, 16)));
  if (kind !== 'elf' && kind !== 'macho' && kind !== 'pe') return [];
  const listed = yield* file.parse(lists[kind]);
  return listed.filter(({ size }) => size > 0).sort((a, b) => a.offset - b.offset);
}
