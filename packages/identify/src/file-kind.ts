import { GofleetError } from '@gofleet/base/errors';
import type { BinaryFormat } from './binary-facts.ts';

/** What a file begins with: a format that we read, or its name in words. */
export type FileKind = BinaryFormat | 'macho-universal';

const ours: readonly (readonly [RegExp, FileKind])[] = [
  // The word after the magic is a number of programs; in a Java class file, of the same magic, a version above 44.
  [/^cafebab[ef]000000[0-2]/, 'macho-universal'],
  [/^(feedfac[ef]|c[ef]faedfe)/, 'macho'],
  [/^4d5a/, 'pe'],
  [/^01(df|f7)/, 'xcoff'],
  [/^0061736d01000000/, 'wasm'],
];

const others: readonly (readonly [RegExp, string])[] = [
  [/^cafebabe/, 'a Java class file'],
  [/^2321/, 'a script'],
  [/^213c617263683e/, 'an ar archive'],
  [/^(1f8b|28b52ffd|504b0304|fd377a58)/, 'a compressed file'],
];

/** What a file is by its first bytes; `undefined` for what is no executable of a format that we read. */
export function fileKindOf(ident: Uint8Array): FileKind | undefined {
  // The common case, and without making a text of it.
  if (ident[0] === 0x7f && ident[1] === 0x45 && ident[2] === 0x4c && ident[3] === 0x46) return 'elf';
  const magic = hex(ident);
  return ours.find(([form]) => form.test(magic))?.[1];
}

function hex(ident: Uint8Array): string {
  return [...ident.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The error for a file that is no executable, with what it is instead when that is known. */
export function notExecutable(ident: Uint8Array, known?: string): GofleetError {
  const magic = hex(ident);
  const found =
    known ?? (ident.length === 0 ? 'an empty file' : others.find(([form]) => form.test(magic))?.[1]);
  return new GofleetError(
    'identify.not-executable',
    `expected an executable (ELF, Mach-O, PE, XCOFF, WebAssembly), found ${found ?? `bytes ${magic}`}`,
    { facts: { magic } },
  );
}
