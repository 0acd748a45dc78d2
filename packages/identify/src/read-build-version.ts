import { type Executable, type GoTraces, locate } from './executable.ts';
import type { FileBytes } from './file-bytes.ts';
import { NumberView } from './number-view.ts';

const maxTableBytes = 32 << 20;
const maxVersionBytes = 256;
const variable = '\0runtime.buildVersion\0';

/** Where a name begins in a table of names; `undefined` when it is not there. */
function offsetOf(names: Uint8Array): number | undefined {
  const wanted = Uint8Array.from(variable, (char) => char.charCodeAt(0));
  for (
    let at = names.indexOf(0);
    at >= 0 && at + wanted.length <= names.length;
    at = names.indexOf(0, at + 1)
  ) {
    if (wanted.every((byte, index) => names[at + index] === byte)) return at + 1;
  }
  return undefined;
}

/** The address of the symbol whose name begins at an offset of the names. */
function addressOf(symbols: NumberView, nameAt: number): number | undefined {
  const [size, valueAt] = symbols.bits === 64 ? [24, 8] : [16, 4];
  for (let at = 0; at + size <= symbols.length; at += size) {
    if (symbols.u32(at) === nameAt) return symbols.word(at + valueAt);
  }
  return undefined;
}

function readAddress(
  file: FileBytes,
  executable: Executable,
  range: { readonly address: number; readonly length: number },
): Uint8Array | undefined {
  const place = locate(executable, range.address);
  if (!place || place.room < range.length) return undefined;
  const bytes = file.read(place.offset, range.length);
  return bytes.length < range.length ? undefined : bytes;
}

/**
 * The Go release from the variable `runtime.buildVersion`, found by its symbol: how programs of before Go 1.13 tell it.
 * `undefined` when there are no symbols or the variable is not among them.
 */
export function readBuildVersion(
  file: FileBytes,
  executable: Executable,
  { symbols }: GoTraces,
): string | undefined {
  if (!symbols || symbols.table.size > maxTableBytes || symbols.names.size > maxTableBytes) return undefined;
  const nameAt = offsetOf(file.read(symbols.names.offset, symbols.names.size));
  if (nameAt === undefined) return undefined;
  const { order, table } = symbols;
  const address = addressOf(new NumberView(file.read(table.offset, table.size), order), nameAt);
  if (address === undefined) return undefined;
  const step = order.bits / 8;
  const head = readAddress(file, executable, { address, length: 2 * step });
  const view = head && new NumberView(head, order);
  if (!view || view.word(step) > maxVersionBytes) return undefined;
  const text = readAddress(file, executable, { address: view.word(0), length: view.word(step) });
  const version = text && new TextDecoder().decode(text);
  return version !== undefined && /^(go[0-9]|devel )[\x20-\x7e]*$/.test(version) ? version : undefined;
}
