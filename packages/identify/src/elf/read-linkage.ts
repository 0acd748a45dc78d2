import type { ByteReader, FileBytes } from '../byte-reader.ts';
import { NumberView } from '../number-view.ts';
import { type ElfHeader, segmentType } from './layout.ts';
import type { ElfTables } from './read-tables.ts';

const maxDynamicBytes = 64 << 10;
const neededTag = 1;

/** `dynamic` when the file asks for an interpreter or a shared library; a static PIE has a dynamic segment and is static. */
export function* readLinkage(
  file: FileBytes,
  header: ElfHeader,
  { segments }: ElfTables,
): ByteReader<'static' | 'dynamic'> {
  if (segments.some(({ type }) => type === segmentType.interpreter)) return 'dynamic';
  const dynamic = segments.find(({ type }) => type === segmentType.dynamic);
  if (!dynamic) return 'static';
  const bytes = yield* file.read(dynamic.offset, Math.min(dynamic.fileSize, maxDynamicBytes));
  const view = new NumberView(bytes, header);
  const step = header.bits === 32 ? 8 : 16;
  for (let at = 0; at + step <= bytes.length; at += step) {
    const tag = view.word(at);
    if (tag === neededTag) return 'dynamic';
    if (tag === 0) break;
  }
  return 'static';
}
