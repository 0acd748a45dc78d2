import { renderTable } from '../render-table.ts';
import { fitColumns } from './fit-columns.ts';
import type { ScannedBinary } from './scan-files.ts';

const head = ['PATH', 'GO', 'MODULE', 'PROVENANCE', 'GRADE'];
const [pathColumn, moduleColumn] = [0, 2];

/** An executable's line of the table; the number of its processes comes last, where that was asked for. */
export function rowOf(binary: ScannedBinary): string[] {
  const { path, goVersion, main, package: name, provenance, grade, pids } = binary;
  const module = main ? [main.path, main.version].filter(Boolean).join('@') : name || '–';
  const row = [path, goVersion ?? 'unknown', module, provenance.class, grade];
  return pids ? [...row, String(pids.length)] : row;
}

/** The table; a column of processes is in it when a row has one. */
function completeRows(rows: readonly string[][]): string[][] {
  if (rows.every(({ length }) => length === head.length)) return [head, ...rows];
  const complete = rows.map((row) => (row.length === head.length ? [...row, '–'] : row));
  return [[...head, 'PROCESSES'], ...complete];
}

/** The rows of what was found as a table; `width` is that of the terminal, absent where lines may be of any length. */
export function renderScan(found: readonly string[][], width: number | undefined): string {
  if (found.length === 0) return 'no Go program found';
  const rows = completeRows(found);
  const [first = [], ...rest] =
    width === undefined ? rows : fitColumns(rows, width, [pathColumn, moduleColumn]);
  return renderTable(first, rest);
}
