import { styleText } from 'node:util';
import widthOf from 'fast-string-width';

const gap = '  ';
const isAscii = /^[\x20-\x7e]*$/;

/** How many cells of a terminal a text takes up; most texts are plain, and there are many of them. */
const cellsOf = (text: string): number => (isAscii.test(text) ? text.length : widthOf(text));

function renderRow(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - cellsOf(cell)));
  return cells.join(gap).trimEnd();
}

/** A table for eyes, without frames, columns two spaces apart; a cell of several lines becomes one. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('\n', ' ')));
  const widths = head.map((_, index) =>
    all.reduce((most, row) => Math.max(most, cellsOf(row[index] ?? '')), 0),
  );
  const [first = '', ...rest] = all.map((row) => renderRow(row, widths));
  const isBold = process.stdout.isTTY && !process.env.NO_COLOR;
  return [isBold ? styleText('bold', first) : first, ...rest].join('\n');
}
