const decoder = new TextDecoder();
const parseHex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** The bytes before and behind the module text. @see Go src/cmd/go/internal/modload/build.go infoStart, infoEnd (go1.26) */
const start = parseHex('3077af0c9274080241e1c107e6d618e6');
const end = parseHex('f932433186182072008242104116d8f2');

/** The module text without the 16-byte sentinels on its sides. @see Go cmd/go/internal/modload ModInfoData */
export function stripSentinels(bytes: Uint8Array): string {
  if (bytes.length < 33 || bytes[bytes.length - 17] !== 0x0a) return '';
  return decoder.decode(bytes.subarray(16, -16));
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(wanted[0] ?? 0, from); at >= 0; at = bytes.indexOf(wanted[0] ?? 0, at + 1)) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

/** The first module text that lies between its sentinels somewhere in the bytes; `undefined` when there is none. */
export function findModuleText(bytes: Uint8Array): string | undefined {
  const first = indexOf(bytes, start, 0);
  const last = first < 0 ? -1 : indexOf(bytes, end, first + start.length);
  return last < 0 ? undefined : decoder.decode(bytes.subarray(first + start.length, last));
}
