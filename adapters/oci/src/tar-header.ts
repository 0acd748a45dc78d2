import { GofleetError } from '@gofleet/base/errors';

export const blockBytes = 512;

/** What a header block says of the member behind it. */
export interface TarHeader {
  readonly path: string;
  readonly sizeBytes: number;
  /** The type flag; `0` for an ordinary file. */
  readonly type: string;
  /** What a link names. */
  readonly target: string;
}

function textAt(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString('utf8');
}

/** An octal number, or one in base 256 when the first bit is set. */
function numberAt(block: Buffer, at: number, length: number): number {
  const first = block[at] ?? 0;
  if (first < 0x80) return Number.parseInt(textAt(block, at, length).trim() || '0', 8);
  const digits = [first & 0x7f, ...block.subarray(at + 1, at + length)];
  return digits.reduce((value, digit) => value * 256 + digit, 0);
}

/** The sum of all bytes, those of the sum itself taken for spaces. */
function checksumOf(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < blockBytes; at++) if (at < 148 || at >= 156) sum += block[at] ?? 0;
  return sum;
}

/** Whether a block is a tar header. */
export function isTarHeader(head: Uint8Array): boolean {
  const block = Buffer.from(head.buffer, head.byteOffset, head.length);
  if (block.length < blockBytes || block[0] === 0) return false;
  return numberAt(block, 148, 8) === checksumOf(block);
}

/**
 * A header block; `undefined` for one of zeros, which ends the archive.
 * @throws `oci.broken-archive`
 * @see POSIX pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format"
 */
export function readTarHeader(block: Buffer): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const sizeBytes = numberAt(block, 124, 12);
  if (numberAt(block, 148, 8) !== checksumOf(block) || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    throw new GofleetError('oci.broken-archive', 'tar: expected a header, found something else');
  }
  const isPosix = textAt(block, 257, 6) === 'ustar';
  const prefix = isPosix ? textAt(block, 345, 155) : '';
  const name = textAt(block, 0, 100);
  const flag = String.fromCharCode(block[156] ?? 0);
  const isFile = flag === '\0' || flag === '7';
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    sizeBytes,
    type: isFile ? '0' : flag,
    target: textAt(block, 157, 100),
  };
}

/** The records `LENGTH KEY=VALUE\n` of an extended header; what is malformed ends the list. */
export function readPaxRecords(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.subarray(at, space).toString('latin1'));
    if (space < 0 || !Number.isInteger(length) || length <= space - at + 1) break;
    const record = bytes.subarray(space + 1, at + length - 1).toString('utf8');
    const equals = record.indexOf('=');
    if (equals > 0) records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}
