import type { OperatorTable } from './operator-release.ts';

const kubernetesOf = (clientGo: string): string => clientGo.replace('v0.', '1.');

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, at) => Math.max(3, ...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  const renderRow = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [
    renderRow(head),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...rows.map(renderRow),
  ].join('\n');
}

const range = (go: string, newestGo: string): string => (go === newestGo ? go : `${go}, later ${newestGo}`);

/** The two tables of the page on operators, in Markdown. */
export function renderOperators({
  controllerRuntime,
  clientGo,
  operatorSdk,
  newestGoMinor,
}: OperatorTable): string {
  const rows = clientGo.map(({ minor, go, newestGo }) => {
    const runtime = controllerRuntime.find((each) => each.clientGo === minor);
    const sdks = operatorSdk.filter(({ controllerRuntime: on }) => on === runtime?.minor);
    return [
      kubernetesOf(minor),
      minor,
      range(go, newestGo),
      runtime?.minor ?? '–',
      runtime ? range(runtime.go, runtime.newestGo) : '–',
      sdks.map((each) => each.minor).join(', ') || '–',
    ];
  });
  const head = [
    'Kubernetes',
    'client-go',
    'its least Go',
    'controller-runtime',
    'its least Go',
    'operator-sdk',
  ];
  return `${renderTable(head, rows)}

Supported Go: 1.${newestGoMinor - 1} and 1.${newestGoMinor}. An operator-sdk that is not listed has a go.mod that the proxy did not answer.`;
}
