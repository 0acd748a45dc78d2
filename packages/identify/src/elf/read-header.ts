import type { FileBytes } from '../file-bytes.ts';
import { malformedHeader, truncatedHeader } from '../header-error.ts';
import { type NumberOrder, NumberView } from '../number-view.ts';
import type { ElfHeader } from './layout.ts';

function orderOf(ident: Uint8Array): NumberOrder {
  const [, , , , wordClass, encoding] = ident;
  if ((wordClass !== 1 && wordClass !== 2) || (encoding !== 1 && encoding !== 2)) {
    throw malformedHeader(
      `an ELF header names its class and byte order by 1 or 2, found ${wordClass} and ${encoding}`,
      4,
    );
  }
  return { bits: wordClass === 1 ? 32 : 64, littleEndian: encoding === 1 };
}

/**
 * The ELF header of a file.
 * @throws `identify.truncated-header`, `identify.malformed-header`
 */
export function readElfHeader(file: FileBytes): ElfHeader {
  const ident = file.take(0, 16);
  const order = ident.length < 16 ? { bits: 64 as const, littleEndian: true } : orderOf(ident);
  const size = order.bits === 32 ? 52 : 64;
  const bytes = file.take(0, size);
  if (bytes.length < size) throw truncatedHeader('an ELF header', size, bytes.length);
  return parseElfHeader(bytes, order);
}

function parseElfHeader(bytes: Uint8Array, order: NumberOrder): ElfHeader {
  const view = new NumberView(bytes, order);
  const at = order.bits === 32 ? { phoff: 28, shoff: 32, sizes: 42 } : { phoff: 32, shoff: 40, sizes: 54 };
  return {
    ...order,
    osAbi: bytes[7] ?? 0,
    type: view.u16(16),
    machine: view.u16(18),
    segments: { offset: view.word(at.phoff), entrySize: view.u16(at.sizes), count: view.u16(at.sizes + 2) },
    sections: {
      offset: view.word(at.shoff),
      entrySize: view.u16(at.sizes + 4),
      count: view.u16(at.sizes + 6),
      namesIndex: view.u16(at.sizes + 8),
    },
  };
}
