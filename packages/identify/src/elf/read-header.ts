import { GofleetError } from '@gofleet/base/errors';
import type { ByteReader, FileBytes } from '../byte-reader.ts';
import { type ElfHeader, ElfView } from './layout.ts';

const otherFormats: readonly (readonly [RegExp, string])[] = [
  [/^4d5a/, 'a PE (Windows) file'],
  [/^(feedfac[ef]|c[ef]faedfe|cafebab[ef])/, 'a Mach-O (Apple) file'],
  [/^01(df|f7)/, 'an XCOFF (AIX) file'],
  [/^0061736d/, 'a WebAssembly module'],
  [/^2321/, 'a script'],
  [/^213c617263683e/, 'an ar archive'],
  [/^(1f8b|28b52ffd|504b0304|fd377a58)/, 'a compressed file'],
];

function notElf(ident: Uint8Array): GofleetError {
  const magic = [...ident.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const found = ident.length === 0 ? 'an empty file' : otherFormats.find(([form]) => form.test(magic))?.[1];
  return new GofleetError('identify.not-elf', `expected an ELF file, found ${found ?? `bytes ${magic}`}`, {
    facts: { magic },
  });
}

function isElf(ident: Uint8Array): boolean {
  return ident[0] === 0x7f && ident[1] === 0x45 && ident[2] === 0x4c && ident[3] === 0x46;
}

function orderOf(ident: Uint8Array): { bits: 32 | 64; littleEndian: boolean } {
  const [, , , , wordClass, encoding] = ident;
  if ((wordClass !== 1 && wordClass !== 2) || (encoding !== 1 && encoding !== 2)) {
    throw new GofleetError(
      'identify.malformed-header',
      `an ELF header names its class and byte order by 1 or 2, found ${wordClass} and ${encoding}`,
      { facts: { offset: 4 } },
    );
  }
  return { bits: wordClass === 1 ? 32 : 64, littleEndian: encoding === 1 };
}

/**
 * The ELF header of a file.
 * @throws `identify.not-elf`, `identify.truncated-header`, `identify.malformed-header`
 */
export function* readElfHeader(file: FileBytes): ByteReader<ElfHeader> {
  const ident = yield* file.read(0, 16);
  if (!isElf(ident)) throw notElf(ident);
  const order = ident.length < 16 ? { bits: 64 as const, littleEndian: true } : orderOf(ident);
  const size = order.bits === 32 ? 52 : 64;
  const bytes = yield* file.read(0, size);
  if (bytes.length < size) {
    throw new GofleetError(
      'identify.truncated-header',
      `an ELF header has ${size} bytes, the file ends after ${bytes.length}`,
      { facts: { offset: 0, expected: size, found: bytes.length } },
    );
  }
  return parseElfHeader(bytes, order);
}

function parseElfHeader(bytes: Uint8Array, order: { bits: 32 | 64; littleEndian: boolean }): ElfHeader {
  const view = new ElfView(bytes, order);
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
