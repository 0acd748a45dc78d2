import type { TreeExplanation } from '@gofleet/declare/explain-tree';
import { renderFinding } from './render-findings.ts';
import { renderWish } from './render-why.ts';

/** How many findings of one kind are shown. */
const shown = 5;

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): [string, T[]][] {
  const groups = Map.groupBy(items, keyOf);
  return [...groups].sort(([, a], [, b]) => b.length - a.length);
}

function deciderOf({ winner }: TreeExplanation['resolutions'][number]): string {
  return winner ? `${winner.source === winner.what ? '' : `${winner.source} `}${winner.what}` : 'nothing';
}

function renderFindings(directory: string, { findings }: TreeExplanation): string[] {
  return groupBy(findings, ({ code }) => code).flatMap(([code, group]) => {
    const rest = group.length - shown;
    const lines = group.slice(0, shown).map((finding) => renderFinding(finding, directory));
    return [
      '',
      `${code}: ${group.length}`,
      ...lines,
      ...(rest > 0 ? [`… and ${rest} more; --json has them all`] : []),
    ];
  });
}

/** The answer of `gofleet why --all` for eyes: how many modules have which Go, and the findings by kind. */
export function renderTree(directory: string, explanation: TreeExplanation): string {
  const { resolutions } = explanation;
  if (resolutions.length === 0) return `no module or workspace below ${directory}`;
  const groups = groupBy(resolutions, (one) => `${renderWish(one.wish)}\tby ${deciderOf(one)}`);
  const width = String(resolutions.length).length;
  const wide = Math.max(...groups.map(([key]) => key.indexOf('\t')));
  const rows = groups.map(([key, group]) => {
    const [wish = '', by = ''] = key.split('\t');
    return `${String(group.length).padStart(width)} × ${wish.padEnd(wide)}  ${by}`;
  });
  return [...rows, ...renderFindings(directory, explanation)].join('\n');
}
