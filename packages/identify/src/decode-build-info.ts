import { GofleetError } from '@gofleet/base/errors';
import { decodeShort } from './decode-short.ts';
import { type ExecutableMap, locate } from './executable.ts';
import type { FileBytes } from './file-bytes.ts';
import { type BuildInfoPlace, buildInfoHeaderSize } from './find-build-info.ts';
import { stripSentinels } from './module-text.ts';
import { NumberView } from './number-view.ts';
import { parseUvarint } from './uvarint.ts';

/** The two strings that the linker records; `modules` without its sentinels, empty for a build without modules. */
export interface RawBuildInfo {
  readonly goVersion: string;
  readonly modules: string;
}

const bigEndianFlag = 1;
const inlineFlag = 2;
const maxStringBytes = 16 << 20;

function truncated(offset: number, what: string): GofleetError {
  return new GofleetError(
    'identify.truncated-build-info',
    `the build info at offset ${offset} ends within ${what}`,
    { facts: { offset } },
  );
}

function checkLength(length: number, offset: number, what: string): void {
  if (length <= maxStringBytes) return;
  throw new GofleetError(
    'identify.oversized-build-info',
    `${what} of the build info at offset ${offset} claims ${length} bytes, at most ${maxStringBytes} are read`,
    { facts: { offset, length: Number.isFinite(length) ? length : -1 } },
  );
}

/** The 1.18 form: both strings follow the header, each after its length. */
function decodeInline(file: FileBytes, place: BuildInfoPlace): RawBuildInfo {
  const room = Math.max(buildInfoHeaderSize, place.end - place.offset);
  let bytes = file.take(place.offset, Math.min(room, place.nearEnd - place.offset));
  const strings: Uint8Array[] = [];
  let at = buildInfoHeaderSize;
  for (const what of ['the Go version', 'the module text']) {
    if (at + 10 > bytes.length && bytes.length < room) {
      bytes = file.take(place.offset, Math.min(room, at + 10));
    }
    const length = parseUvarint(bytes, at);
    if (!length) throw truncated(place.offset, `the length of ${what}`);
    checkLength(length.value, place.offset, what);
    const end = length.next + length.value;
    if (end > bytes.length && bytes.length < room) {
      // The next length is read along.
      bytes = file.take(place.offset, Math.min(room, end + 10));
    }
    if (end > bytes.length) throw truncated(place.offset, what);
    strings.push(bytes.subarray(length.next, end));
    at = end;
  }
  const [goVersion = new Uint8Array(0), modules = new Uint8Array(0)] = strings;
  return { goVersion: decodeShort(goVersion), modules: stripSentinels(modules) };
}

function readAt(
  file: FileBytes,
  map: ExecutableMap,
  range: { readonly address: number; readonly length: number },
): Uint8Array | undefined {
  const place = locate(map, range.address);
  if (!place || place.room < range.length) return undefined;
  const bytes = file.take(place.offset, range.length);
  return bytes.length < range.length ? undefined : bytes;
}

/** The form of Go 1.13 to 1.17: pointers to two Go strings. Strings that lead nowhere are empty, as Go has it. */
function decodePointers(file: FileBytes, map: ExecutableMap, header: Uint8Array): RawBuildInfo {
  const pointerSize = header[14] === 4 ? 4 : 8;
  const order = {
    bits: pointerSize === 4 ? (32 as const) : (64 as const),
    littleEndian: ((header[15] ?? 0) & bigEndianFlag) === 0,
  };
  const pointers = new NumberView(header, order);
  const strings: Uint8Array[] = [];
  for (const at of [16, 16 + pointerSize]) {
    const range = { address: pointers.word(at), length: 2 * pointerSize };
    const head = readAt(file, map, range);
    const view = head && new NumberView(head, order);
    const length = view?.word(pointerSize) ?? 0;
    checkLength(length, range.address, 'a string');
    const bytes = view && readAt(file, map, { address: view.word(0), length });
    strings.push(bytes ?? new Uint8Array(0));
  }
  const [goVersion = new Uint8Array(0), modules = new Uint8Array(0)] = strings;
  return { goVersion: decodeShort(goVersion), modules: stripSentinels(modules) };
}

/**
 * The strings of the build info at a place; `undefined` when it holds no Go version.
 * @throws `identify.truncated-build-info`, `identify.oversized-build-info`, `identify.malformed-build-info`
 * @see Go src/debug/buildinfo/buildinfo.go readRawBuildInfo (go1.26)
 */
export function decodeBuildInfo(
  file: FileBytes,
  map: ExecutableMap,
  place: BuildInfoPlace,
): RawBuildInfo | undefined {
  const header = file.take(place.offset, buildInfoHeaderSize);
  if (header.length < buildInfoHeaderSize) throw truncated(place.offset, 'its header');
  const isInline = ((header[15] ?? 0) & inlineFlag) !== 0;
  if (!isInline && header[14] !== 4 && header[14] !== 8) {
    throw new GofleetError(
      'identify.malformed-build-info',
      `the build info at offset ${place.offset} has pointers of 4 or 8 bytes, found ${header[14]}`,
      { facts: { offset: place.offset + 14 } },
    );
  }
  const raw = isInline ? decodeInline(file, place) : decodePointers(file, map, header);
  return raw.goVersion === '' ? undefined : raw;
}
