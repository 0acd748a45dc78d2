/** A word of a go.mod line. */
export interface Token {
  readonly text: string;
  /** Where it begins in the line, from 0. */
  readonly at: number;
}

/** Why a line cannot be read, and where. */
export interface TokenError {
  readonly error: string;
  readonly at: number;
}

const plain = /^[\t\r\x20-\x7e]*$/;
/** A word ends before punctuation and before what begins a comment. */
const plainWord = /(?:[^\t\r ()[\]{},/]|\/(?![/*]))+/y;
const anyWord = /(?:(?![()[\]{},/])[\p{L}\p{M}\p{N}\p{P}\p{S}]|\/(?![/*]))+/uy;
const punctuation = '()[]{},';
const commentError = 'mod files must use // comments (not /* */ comments)';

/** The end of a quoted string that begins at `start`, or the error in it. */
function endOfString(line: string, start: number, isLast: boolean): number | TokenError {
  const quote = line[start];
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] === quote) return at + 1;
    if (line[at] === '\\' && quote === '"') at += 1;
  }
  if (isLast) return { error: 'unexpected EOF in string', at: start };
  return { error: 'unexpected newline in string', at: line.length };
}

function endOfWord(line: string, start: number, isPlain: boolean): number | TokenError {
  const word = isPlain ? plainWord : anyWord;
  word.lastIndex = start;
  const end = word.test(line) ? word.lastIndex : start;
  if (line.startsWith('/*', end)) return { error: commentError, at: end };
  if (end > start) return end;
  const point = line.codePointAt(start) ?? 0;
  const shown = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
  return { error: `unexpected input character ${shown}`, at: start };
}

function endOfToken(
  line: string,
  at: number,
  of: { isLast: boolean; isPlain: boolean },
): number | TokenError {
  const char = line[at] ?? '';
  if (punctuation.includes(char)) return at + 1;
  if (char === '"' || char === '`') return endOfString(line, at, of.isLast);
  return endOfWord(line, at, of.isPlain);
}

/**
 * The words of one line of a go.mod or go.work, without its comment; no word goes over a line's end.
 * @param line without its line feed; a carriage return is a space
 * @see golang.org/x/mod modfile/read.go, readToken (as of go1.26.8)
 */
export function tokenizeLine(line: string, isLast: boolean): Token[] | TokenError {
  const tokens: Token[] = [];
  const of = { isLast, isPlain: plain.test(line) };
  for (let at = 0; at < line.length; ) {
    const char = line[at];
    if (char === ' ' || char === '\t' || char === '\r') {
      at += 1;
      continue;
    }
    if (line.startsWith('//', at)) break;
    if (line.startsWith('/*', at)) return { error: commentError, at };
    const end = endOfToken(line, at, of);
    if (typeof end !== 'number') return end;
    tokens.push({ text: line.slice(at, end), at });
    at = end;
  }
  return tokens;
}
