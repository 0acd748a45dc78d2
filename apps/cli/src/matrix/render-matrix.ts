import { renderDuration } from '@gofleet/base/units';
import { minors } from '@gofleet/inject/release-fact';
import { renderTable } from '../render-table.ts';
import type { MatrixRow, MatrixStep } from './matrix-row.ts';

/** Steps that have a column; `look` is only told when it fails. */
const columns: readonly MatrixStep['name'][] = [
  'start',
  'install',
  'inject',
  'roll back',
  'uninstall',
  'take down',
];

function cellsOf({ kubernetes, steps }: MatrixRow): string[] {
  const cells = columns.map((name) => {
    const step = steps.find((each) => each.name === name);
    if (!step) return 'not reached';
    return step.error === undefined ? renderDuration(step.tookMs) : 'FAILED';
  });
  return [kubernetes, ...cells];
}

function failuresOf(rows: readonly MatrixRow[]): string[] {
  return rows.flatMap(({ kubernetes, steps }) =>
    steps.flatMap(({ name, error }) => (error === undefined ? [] : [`${kubernetes}: ${name}: ${error}`])),
  );
}

const head = ['Kubernetes', ...columns];

/** The matrix as a table for eyes, and below it why a release did not pass. */
export function renderMatrix(rows: readonly MatrixRow[]): string {
  const passed = rows.filter((row) => row.passed).length;
  return [
    renderTable(head, rows.map(cellsOf)),
    '',
    ...failuresOf(rows),
    `${passed} of ${rows.length} releases pass`,
  ].join('\n');
}

/** The minors that gofleet is for and that have no row, newest first. */
function notPlayed(rows: readonly MatrixRow[]): string[] {
  const every = Array.from(
    { length: minors.newest - minors.oldest + 1 },
    (_, index) => `1.${minors.newest - index}`,
  );
  return every.filter((line) => !rows.some((row) => row.line === line));
}

/** The matrix as a page of Markdown. @param day - when it was played, `2026-11-24` */
export function renderMatrixPage(rows: readonly MatrixRow[], day: string): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const failures = failuresOf(rows).map((failure) => `- ${failure}`);
  const missing = notPlayed(rows);
  return `${[
    '# What passed on which Kubernetes',
    '',
    `Played on ${day} by \`gofleet lab matrix\`: each release is a cluster of its own with real API server, kubelet and containerd. A published`,
    'operator is deployed, gofleet installed, the operator moved to another Go and read from its process, moved back and read again,',
    'gofleet uninstalled, and the cluster taken down; a step passes when nothing of it is left undone.',
    '',
    line(head),
    line(head.map(() => '---')),
    ...rows.map((row) => line(cellsOf(row))),
    ...(failures.length === 0 ? [] : ['', ...failures]),
    ...(missing.length === 0 ? [] : ['', `Not played: ${missing.join(', ')}.`]),
  ].join('\n')}\n`;
}
