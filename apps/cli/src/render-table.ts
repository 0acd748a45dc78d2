import { styleText } from 'node:util';
import widthOf from 'fast-string-width';

const gap = '  ';
const isAscii = /^[\x20-\x7e]*$/;

/** How many cells of a terminal a text takes up: of a table that is plain ASCII, its length. */
function cellCounter(rows: readonly (readonly string[])[]): (text: string) => number {
  // Asked once of all of them together: a question for each of thousands took as long as reading the files.
  const isPlain = isAscii.test(rows.map((row) => row.join('')).join(''));
  return isPlain ? (text) => text.length : widthOf;
}

/** A table for eyes, without frames, columns two spaces apart; a cell of several lines becomes one. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) =>
    row.map((cell) => (cell.includes('\n') ? cell.replaceAll('\n', ' ') : cell)),
  );
  const cellsOf = cellCounter(all);
  const widths = head.map((_, index) =>
    all.reduce((most, row) => Math.max(most, cellsOf(row[index] ?? '')), 0),
  );
  const [first = '', ...rest] = all.map((row) =>
    row
      .map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - cellsOf(cell)))
      .join(gap)
      .trimEnd(),
  );
  const isBold = process.stdout.isTTY && !process.env.NO_COLOR;
  return [isBold ? styleText('bold', first) : first, ...rest].join('\n');
}
