const simple: Readonly<Record<string, number>> = {
  ...{ a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 },
  '\\': 0x5c,
  '"': 0x22,
};
const escapeForm = /\\(?:([abfnrtv\\"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;
const plain = /[^"\\\n]+/y;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The bytes of one escape; `undefined` when it is beyond what its form can hold. */
function bytesOf(match: RegExpExecArray): Uint8Array | undefined {
  const [, char, hex, octal, short, long] = match;
  if (char !== undefined) return Uint8Array.of(simple[char] ?? 0);
  if (hex !== undefined) return Uint8Array.of(Number.parseInt(hex, 16));
  if (octal !== undefined) {
    const value = Number.parseInt(octal, 8);
    return value > 255 ? undefined : Uint8Array.of(value);
  }
  const point = Number.parseInt(short ?? long ?? '', 16);
  if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return undefined;
  return encoder.encode(String.fromCodePoint(point));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function unquoteDouble(text: string): { value: string; length: number } | undefined {
  const parts: Uint8Array[] = [];
  let at = 1;
  while (at < text.length && text[at] !== '"') {
    const pattern = text[at] === '\\' ? escapeForm : plain;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    const bytes = match === null ? undefined : pattern === plain ? encoder.encode(match[0]) : bytesOf(match);
    if (!match || !bytes) return undefined;
    parts.push(bytes);
    at += match[0].length;
  }
  if (at >= text.length) return undefined;
  return { value: decoder.decode(concat(parts)), length: at + 1 };
}

/**
 * The Go string literal (`"…"` or `` `…` ``) that a text begins with: its value and how many characters it takes up;
 * `undefined` when there is none.
 * @see Go src/strconv/quote.go QuotedPrefix, Unquote (go1.26)
 */
export function unquoteGoPrefix(text: string): { value: string; length: number } | undefined {
  if (text.startsWith('"')) return unquoteDouble(text);
  if (!text.startsWith('`')) return undefined;
  const end = text.indexOf('`', 1);
  return end < 0 ? undefined : { value: text.slice(1, end).replaceAll('\r', ''), length: end + 1 };
}

const letters: Readonly<Record<string, string>> = {
  ...{ '\x07': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v' },
  ...{ '\\': '\\\\', '"': '\\"' },
};

function escapeChar(char: string): string {
  const known = letters[char];
  if (known !== undefined) return known;
  const point = char.codePointAt(0) ?? 0;
  if (point < 0x20 || point === 0x7f) return `\\x${point.toString(16).padStart(2, '0')}`;
  return point < 0x10000
    ? `\\u${point.toString(16).padStart(4, '0')}`
    : `\\U${point.toString(16).padStart(8, '0')}`;
}

/**
 * A text as a Go string literal in double quotes.
 * @see Go src/strconv/quote.go Quote (go1.26)
 */
export function quoteGo(text: string): string {
  return `"${text.replace(/[\\"]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, escapeChar)}"`;
}
