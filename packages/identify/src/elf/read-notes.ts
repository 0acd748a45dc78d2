import { decodeShort } from '../decode-short.ts';
import type { FileBytes } from '../file-bytes.ts';
import { NumberView } from '../number-view.ts';
import { type ElfHeader, segmentType } from './layout.ts';
import type { ElfTables } from './read-tables.ts';

/** What the linker writes; a hostile header does not make us read more. */
const maxNoteBytes = 64 << 10;
const goBuildIdType = 4;

/** The name of Go's notes, which ends with a zero. */
const isGoName = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0x47 && bytes[at + 1] === 0x6f && (bytes[at + 2] ?? 0) === 0;

/** The Go build ID among the notes of a region; `undefined` when it is not there. */
function findBuildId(bytes: Uint8Array, header: ElfHeader): string | undefined {
  const view = new NumberView(bytes, header);
  const padded = (size: number): number => (size + 3) & ~3;
  for (let at = 0; at + 12 <= bytes.length; ) {
    const nameSize = view.u32(at);
    const size = view.u32(at + 4);
    const type = view.u32(at + 8);
    if (nameSize > bytes.length || size > bytes.length) return undefined;
    const start = at + 12 + padded(nameSize);
    if (type === goBuildIdType && isGoName(bytes, at + 12) && start + size <= bytes.length) {
      return decodeShort(bytes.subarray(start, start + size));
    }
    at = start + padded(size);
  }
  return undefined;
}

/**
 * The Go build ID from the note section, or from the note segments of a file without section headers; empty when there is none.
 * @see Go src/cmd/internal/buildid/note.go (go1.26)
 */
export function readGoBuildId(file: FileBytes, header: ElfHeader, tables: ElfTables): string {
  const section = tables.sections?.find('.note.go.buildid');
  const segments = tables.segments.filter(({ type }) => type === segmentType.note).slice(0, 8);
  const places = [
    ...(section ? [{ offset: section.offset, size: section.size }] : []),
    ...segments.map(({ offset, fileSize }) => ({ offset, size: fileSize })),
  ];
  for (const { offset, size } of places) {
    const bytes = file.take(offset, Math.min(size, maxNoteBytes));
    const buildId = findBuildId(bytes, header);
    if (buildId !== undefined) return buildId;
  }
  return '';
}
