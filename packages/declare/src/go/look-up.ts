import type { Place } from '../declaration.ts';

/** What a line of go.mod or go.work says, read as the `go` command reads it before it chooses a toolchain. */
export interface LookedUp {
  /** What follows the word, without comment and spaces. May be empty, or no version at all. */
  readonly value: string;
  readonly place: Place;
}

/** The lines of a go.mod or go.work that choose a toolchain. */
export interface GoLines {
  readonly goLine: LookedUp | undefined;
  readonly toolchainLine: LookedUp | undefined;
}

/** White space as Go's bytes.TrimSpace takes it; JavaScript's own also takes the byte order mark. */
const space = '[\\t\\n\\v\\f\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const leading = new RegExp(`^${space}+`);
const trailing = new RegExp(`${space}+$`);

const trimEnd = (text: string): string => text.replace(trailing, '');

function readLine(line: string, word: string): { value: string; column: number } | undefined {
  const at = line.indexOf(word);
  if (at < 0 || (at > 0 && line.slice(0, at).replace(leading, '') !== '')) return undefined;
  const rest = trimEnd(line).slice(at + word.length);
  if (!rest.startsWith(' ') && !rest.startsWith('\t')) return undefined;
  const [said = ''] = rest.split('//', 1);
  const value = trimEnd(said.replace(leading, ''));
  const before = said.length - said.replace(leading, '').length;
  return { value, column: [...line.slice(0, at)].length + word.length + before + 1 };
}

/**
 * The first line that starts with `go` or `toolchain` and a space, wherever it stands: this reading knows no blocks and no
 * quotes. A byte order mark hides the first line. `undefined` when there is none.
 * @see Go cmd/go/internal/gover/gomod.go, GoModLookup (go1.26)
 */
export function lookUp(text: string, file: string, word: 'go' | 'toolchain'): LookedUp | undefined {
  if (!text.includes(word)) return undefined;
  let line = 1;
  for (let start = 0; start < text.length; line++) {
    const next = text.indexOf('\n', start);
    const end = next < 0 ? text.length : next;
    const whole = text.slice(start, end);
    const read = readLine(whole, word);
    if (read) {
      const place = { file, line, column: read.column, text: whole.replace(/\r$/, '') };
      return { value: read.value, place };
    }
    start = end + 1;
  }
  return undefined;
}
