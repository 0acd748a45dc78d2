import { sectionType } from './elf/layout.ts';
import { readElfHeader } from './elf/read-header.ts';
import { readElfTables } from './elf/read-tables.ts';
import type { FileSection } from './executable.ts';
import { FileBytes, type ReadAt } from './file-bytes.ts';
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
export function readSections(readAt: ReadAt): FileSection[] {
  const file = new FileBytes({ readAt, bytesRead: 0 });
  const kind = fileKindOf(file.take(0, 16));
  if (kind !== 'elf' && kind !== 'macho' && kind !== 'pe') return [];
  return lists[kind](file)
    .filter(({ size }) => size > 0)
    .sort((a, b) => a.offset - b.offset);
}
