import { type Line, linesOf } from '../source-text.ts';

/** An instruction of a Dockerfile, its continued lines put together. */
export interface Instruction {
  /** Upper case. */
  readonly name: string;
  /** What follows the name; where a line was continued, the continuation is replaced by spaces, so offsets stay. */
  readonly rest: string;
  /** The offset of `rest` in the text. */
  readonly start: number;
}

const comment = /^\s*#/;

/** The character that continues a line: a backslash, unless a directive at the top says otherwise. */
function escapeOf(lines: readonly Line[]): string {
  for (const { text } of lines) {
    const directive = /^\s*#\s*([a-zA-Z]+)\s*=\s*(\S+)\s*$/.exec(text);
    if (!directive) return '\\';
    if (directive[1]?.toLowerCase() === 'escape') return directive[2] === '`' ? '`' : '\\';
  }
  return '\\';
}

/** The words that end the here-documents of a line. */
function heredocsOf(text: string): { readonly word: string; readonly stripsTabs: boolean }[] {
  return [...text.matchAll(/(?<!<)<<(?!<)(-?)(["']?)([A-Za-z_][A-Za-z0-9_]*)\2/g)].map(
    ([, dash, , word = '']) => ({
      word,
      stripsTabs: dash === '-',
    }),
  );
}

/** The index after the here-documents that begin behind a line. */
function skipHeredocs(lines: readonly Line[], from: number, text: string): number {
  let at = from;
  for (const { word, stripsTabs } of heredocsOf(text)) {
    const ends = (line: Line): boolean => (stripsTabs ? line.text.replace(/^\t+/, '') : line.text) === word;
    while (at < lines.length && !ends(lines[at] as Line)) at += 1;
    at += 1;
  }
  return at;
}

/** A line and those that continue it; comments and empty lines between them do not end it. */
function joinFrom(
  lines: readonly Line[],
  from: number,
  continuation: string,
): { text: string; next: number } {
  let text = '';
  let at = from;
  for (let isOpen = true; isOpen && at < lines.length; at++) {
    const line = lines[at] as Line;
    const isPassed = at > from && (comment.test(line.text) || line.text.trim() === '');
    const trimmed = line.text.trimEnd();
    isOpen = isPassed || trimmed.endsWith(continuation);
    const content = isPassed ? '' : isOpen ? trimmed.slice(0, -1) : line.text;
    const width = (lines[at + 1]?.start ?? line.start + line.text.length) - line.start;
    text += isOpen ? content.padEnd(width) : content;
  }
  return { text, next: at };
}

/**
 * The instructions of a Dockerfile in order, without comments and without what stands in here-documents.
 * @see Dockerfile reference, format, parser directives and here-documents
 */
export function* instructionsOf(text: string): Generator<Instruction> {
  const lines = [...linesOf(text)];
  const continuation = escapeOf(lines);
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] as Line;
    if (comment.test(line.text) || line.text.trim() === '') {
      at += 1;
      continue;
    }
    const joined = joinFrom(lines, at, continuation);
    const [, head = '', name = '', rest = ''] = /^(\s*([A-Za-z]+)\s*)(.*)$/s.exec(joined.text) ?? [];
    const upper = name.toUpperCase();
    if (name !== '') yield { name: upper, rest, start: line.start + head.length };
    const mayHold = upper === 'RUN' || upper === 'COPY' || upper === 'ADD';
    at = mayHold ? skipHeredocs(lines, joined.next, joined.text) : joined.next;
  }
}
