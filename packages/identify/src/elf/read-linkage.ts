import type { FileBytes } from '../file-bytes.ts';
import { NumberView } from '../number-view.ts';
import { type ElfHeader, type ElfSegment, segmentType } from './layout.ts';
import type { ElfTables } from './read-tables.ts';

const maxDynamicBytes = 64 << 10;
const maxNameBytes = 64 << 10;
const maxNames = 64;
const dynamicTag = { needed: 1, strings: 5 } as const;

/** How an ELF file is linked. */
export interface Linkage {
  readonly linkage: 'static' | 'dynamic';
  /** The shared library that holds the Go runtime: `libgo.so.22` of gccgo, `libstd.so` of `-linkshared`. */
  readonly runtimeLibrary?: string;
}

/**
 * Whether a library that a program asks for holds the Go runtime. `-buildmode=shared` names one after its packages: `libstd.so`, or
 * `libruntime,sync.so`.
 */
export const isRuntimeLibrary = (name: string): boolean =>
  /^(libgo\.so\.[0-9]+|libstd\.so|lib([^,]+,)*runtime(,[^,]+)*\.so)$/.test(name);
const latin1 = new TextDecoder('latin1');

/** Entries of the dynamic segment up to the one that ends it. */
function listEntries(view: NumberView): { tag: number; value: number }[] {
  const step = view.bits / 8;
  const entries: { tag: number; value: number }[] = [];
  for (let at = 0; at + 2 * step <= view.length; at += 2 * step) {
    const tag = view.word(at);
    if (tag === 0) break;
    entries.push({ tag, value: view.word(at + step) });
  }
  return entries;
}

/** The libraries asked for, as far as their names lie near each other, which is how linkers write them. */
function readNames(
  file: FileBytes,
  segments: readonly ElfSegment[],
  entries: readonly { tag: number; value: number }[],
): string[] {
  const needed = entries.filter(({ tag }) => tag === dynamicTag.needed).map(({ value }) => value);
  const address = entries.find(({ tag }) => tag === dynamicTag.strings)?.value ?? Number.POSITIVE_INFINITY;
  const holder = segments.find(
    ({ type, address: start, fileSize }) =>
      type === segmentType.load && address >= start && address < start + fileSize,
  );
  if (!holder || needed.length === 0) return [];
  const [first, last] = [Math.min(...needed.slice(0, maxNames)), Math.max(...needed.slice(0, maxNames))];
  const offset = holder.offset + (address - holder.address) + first;
  const bytes = file.take(offset, Math.min(last - first + 256, maxNameBytes));
  return needed.slice(0, maxNames).flatMap((value) => {
    const start = value - first;
    const end = start < bytes.length ? bytes.indexOf(0, start) : -1;
    return end < 0 ? [] : [latin1.decode(bytes.subarray(start, end))];
  });
}

/** `dynamic` when the file asks for an interpreter or a shared library; a static PIE has a dynamic segment and is static. */
export function readLinkage(file: FileBytes, header: ElfHeader, { segments }: ElfTables): Linkage {
  const hasInterpreter = segments.some(({ type }) => type === segmentType.interpreter);
  const dynamic = segments.find(({ type }) => type === segmentType.dynamic);
  if (!dynamic) return { linkage: hasInterpreter ? 'dynamic' : 'static' };
  const bytes = file.take(dynamic.offset, Math.min(dynamic.fileSize, maxDynamicBytes));
  const entries = listEntries(new NumberView(bytes, header));
  const runtimeLibrary = readNames(file, segments, entries).find(isRuntimeLibrary);
  const needsLibrary = entries.some(({ tag }) => tag === dynamicTag.needed);
  return {
    linkage: hasInterpreter || needsLibrary ? 'dynamic' : 'static',
    ...(runtimeLibrary === undefined ? {} : { runtimeLibrary }),
  };
}
