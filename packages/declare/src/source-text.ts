import type { Place } from './declaration.ts';

const mark = '\ufeff';

/** The text of a file, which knows where its parts are. */
export class SourceText {
  readonly file: string;
  /** The text without its byte order mark. */
  readonly text: string;
  readonly hasMark: boolean;
  #starts: readonly number[] | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.hasMark = text.startsWith(mark);
    this.text = this.hasMark ? text.slice(1) : text;
  }

  /** The place of an offset into `text`. */
  placeAt(offset: number): Place {
    const starts = this.#lineStarts();
    let line = 0;
    let end = starts.length;
    while (end - line > 1) {
      const middle = (line + end) >> 1;
      if ((starts[middle] ?? 0) <= offset) line = middle;
      else end = middle;
    }
    const start = starts[line] ?? 0;
    const next = this.text.indexOf('\n', start);
    const text = this.text.slice(start, next < 0 ? undefined : next).replace(/\r$/, '');
    return { file: this.file, line: line + 1, column: lengthOf(this.text.slice(start, offset)) + 1, text };
  }

  #lineStarts(): readonly number[] {
    if (this.#starts === undefined) {
      const starts = [0];
      for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1))
        starts.push(at + 1);
      this.#starts = starts;
    }
    return this.#starts;
  }
}

/** Characters, not UTF-16 units. */
function lengthOf(text: string): number {
  return /[\ud800-\udbff]/.test(text) ? [...text].length : text.length;
}

/** A line with the offset at which it starts. */
export interface Line {
  readonly start: number;
  readonly text: string;
}

/** The lines of a text, without their ends (LF or CRLF). */
export function* linesOf(text: string): Generator<Line> {
  for (let start = 0; start < text.length; ) {
    const next = text.indexOf('\n', start);
    const end = next < 0 ? text.length : next;
    yield { start, text: text.slice(start, end).replace(/\r$/, '') };
    start = end + 1;
  }
}
