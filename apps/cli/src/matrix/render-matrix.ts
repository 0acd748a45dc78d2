import { renderDuration } from '@gofleet/base/units';
import { minors } from '@gofleet/inject/release-fact';
import { renderTable } from '../render-table.ts';
import { deliveries, type MatrixRow, type MatrixStep } from './matrix-row.ts';

/** Steps that have a column; `look` is only told when it fails. */
const columns: readonly MatrixStep['name'][] = [
  'start',
  'install',
  ...deliveries,
  'roll back',
  'sandbox',
  'uninstall',
  'take down',
];

const isDelivery = (name: string): boolean => deliveries.some((each) => each === name);

function cellOf({ offers, steps }: MatrixRow, name: MatrixStep['name']): string {
  const taken = steps.filter((step) => step.name === name);
  if (taken.some(({ error }) => error !== undefined)) return 'FAILED';
  if (taken.length > 0) {
    const notes = taken.flatMap(({ note }) => (note === undefined ? [] : [`, ${note}`]));
    return `${renderDuration(Math.max(...taken.map(({ tookMs }) => tookMs)))}${notes.join('')}`;
  }
  const isOffered = offers === undefined || offers.some((each) => each === name);
  return isDelivery(name) && !isOffered ? '–' : 'not reached';
}

function cellsOf(row: MatrixRow): string[] {
  return [row.kubernetes, ...columns.map((name) => cellOf(row, name)), row.day];
}

function failuresOf({ kubernetes, steps }: MatrixRow): string[] {
  return steps.flatMap(({ name, error }) =>
    error === undefined ? [] : [`${kubernetes}: ${name}: ${error.replaceAll('\n', ' ')}`],
  );
}

const head = ['Kubernetes', ...columns, 'played'];

/** The matrix as a table for eyes, and below it why a release did not pass. */
export function renderMatrix(rows: readonly MatrixRow[]): string {
  const passed = rows.filter((row) => row.passed).length;
  return [
    renderTable(head, rows.map(cellsOf)),
    '',
    ...rows.flatMap(failuresOf),
    `${passed} of ${rows.length} releases pass`,
  ].join('\n');
}

/** A row of the page, and why its release did not pass. */
interface PageRow {
  readonly minor: number;
  readonly cells: readonly string[];
  readonly failures: readonly string[];
}

const minorOf = (version: string): number => Number(/^v?1\.(\d+)/.exec(version)?.[1]);

const everyMinor = Array.from(
  { length: minors.newest - minors.oldest + 1 },
  (_, index) => minors.newest - index,
);

/** The rows of a page that {@link renderMatrixPage} wrote; what it had no column for was not played. */
function parsePage(page: string): PageRow[] {
  const lines = page.split('\n');
  const [found = [], , ...rows] = lines
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return rows.map((cells) => ({
    cells: head.map((column) => cells[found.indexOf(column)] ?? 'not played'),
    minor: minorOf(cells[0] ?? ''),
    failures: lines.filter((line) => line.startsWith(`- ${cells[0]}: `)).map((line) => line.slice(2)),
  }));
}

/** Columns as wide as their widest cell. */
function renderTableLines(rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}

/**
 * The matrix as a page of Markdown, newest release first.
 * @param earlier - the page before: its rows of other releases stay
 */
export function renderMatrixPage(played: readonly MatrixRow[], earlier = ''): string {
  const rows: readonly PageRow[] = played.map((row) => ({
    ...{ minor: minorOf(row.line), cells: cellsOf(row), failures: failuresOf(row) },
  }));
  const kept = parsePage(earlier).filter(({ minor }) => rows.every((row) => row.minor !== minor));
  const all = [...rows, ...kept].sort((a, b) => b.minor - a.minor);
  const failures = all.flatMap((row) => row.failures);
  const missing = everyMinor.filter((minor) => all.every((row) => row.minor !== minor));
  return `${[
    '# What passed on which Kubernetes',
    '',
    'Played by `gofleet lab matrix`: each release is a cluster of its own with real API server, kubelet and containerd, and a registry. A published',
    'operator is deployed, gofleet installed, the operator moved to another Go and read from its process, moved back and read again: once by',
    'each delivery that the nodes were found to support, `csi` as `auto` chooses it. Then a pod of an image without Go builds a program through a',
    '[sandbox](sandbox.md) of its own, a native sidecar or a classic one, and runs it. Then gofleet is uninstalled, and the cluster taken down; a',
    'step passes when nothing of it is left undone. `roll back` is the slowest one; `–` is a delivery that the release does not offer.',
    '',
    ...renderTableLines(all.map(({ cells }) => cells)),
    ...(failures.length === 0 ? [] : ['', ...failures.map((failure) => `- ${failure}`)]),
    ...(missing.length === 0 ? [] : ['', `Not played: ${missing.map((minor) => `1.${minor}`).join(', ')}.`]),
  ].join('\n')}\n`;
}
