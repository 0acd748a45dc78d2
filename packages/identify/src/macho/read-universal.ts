import type { FileBytes } from '../file-bytes.ts';
import { malformedHeader, truncatedHeader } from '../header-error.ts';
import { NumberView } from '../number-view.ts';
import { machArchOf } from './read-macho.ts';

/** One of the programs in a universal file. */
export interface MachSlice {
  readonly arch: string;
  /** Where it begins in the file. */
  readonly offset: number;
}

/**
 * The programs in a universal Mach-O file, at least one.
 * @throws `identify.truncated-header`, `identify.malformed-header`
 * @see Apple's mach-o/fat.h
 */
export function readUniversal(file: FileBytes): MachSlice[] {
  const head = file.take(0, 8);
  const wide = head[3] === 0xbf;
  const order = { bits: wide ? (64 as const) : (32 as const), littleEndian: false };
  const count = head.length < 8 ? 0 : new NumberView(head, order).u32(4);
  const entrySize = wide ? 32 : 20;
  const bytes = file.take(8, count * entrySize);
  if (bytes.length < count * entrySize) {
    throw truncatedHeader('a universal Mach-O header', 8 + count * entrySize, 8 + bytes.length);
  }
  if (count === 0) throw malformedHeader('a universal Mach-O file holds at least one program, found 0', 4);
  const view = new NumberView(bytes, order);
  return Array.from({ length: count }, (_, index) => {
    const at = index * entrySize;
    return { arch: machArchOf(view.u32(at)), offset: view.word(at + 8) };
  });
}
