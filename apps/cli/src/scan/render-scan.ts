import { renderTable } from '../render-table.ts';
import { fitColumns } from './fit-columns.ts';
import type { ScannedBinary } from './scan-files.ts';

const head = ['PATH', 'GO', 'MODULE', 'PROVENANCE', 'GRADE'];
const [pathColumn, moduleColumn] = [0, 2];

function rowOf({ path, goVersion, main, package: name, provenance, grade }: ScannedBinary): string[] {
  const module = main ? [main.path, main.version].filter(Boolean).join('@') : name || '–';
  return [path, goVersion ?? 'unknown', module, provenance.class, grade];
}

/** How many processes run each, where that was asked for. */
function withProcesses(rows: string[][], binaries: readonly ScannedBinary[]): string[][] {
  if (!binaries.some(({ pids }) => pids)) return rows;
  const counts = ['PROCESSES', ...binaries.map(({ pids }) => String(pids?.length ?? '–'))];
  return rows.map((row, index) => [...row, counts[index] ?? '']);
}

/** What was found as a table; `width` is that of the terminal, absent where lines may be of any length. */
export function renderScan(binaries: readonly ScannedBinary[], width: number | undefined): string {
  if (binaries.length === 0) return 'no Go program found';
  const rows = withProcesses([head, ...binaries.map(rowOf)], binaries);
  const [first = [], ...rest] =
    width === undefined ? rows : fitColumns(rows, width, [pathColumn, moduleColumn]);
  return renderTable(first, rest);
}
