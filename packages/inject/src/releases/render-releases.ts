import { minors, type ReleaseFact, type Stage, stageOf } from './release-fact.ts';

const allMinors = Array.from({ length: minors.newest - minors.oldest + 1 }, (_, at) => minors.oldest + at);

const words: Readonly<Record<Stage, string>> = {
  absent: '',
  alpha: 'alpha',
  off: 'beta, off',
  on: 'on',
  stable: 'stable',
  gone: 'gone',
};

/** Columns as wide as their widest cell, so that the source reads as a table too. */
function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, at) => Math.max(3, ...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  const renderRow = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [renderRow(head), rule, ...rows.map(renderRow)].join('\n');
}

/** What a minor changes: facts that enter one of the stages in it. */
function changesOf(facts: readonly ReleaseFact[], minor: number, stages: readonly Stage[]): string {
  const changed = facts.filter((fact) =>
    fact.stages.some(([from, stage]) => from === minor && stages.includes(stage)),
  );
  return changed
    .map((fact) => (stages.length === 1 ? fact.title : `${fact.title} (${words[stageOf(fact, minor)]})`))
    .join('; ');
}

function rangesOf({ stages }: ReleaseFact): string {
  const isPast = (at: number): boolean => (stages[at + 1]?.[0] ?? minors.newest) <= minors.oldest;
  return stages
    .filter((_, at) => !isPast(at))
    .map(([from, stage]) => `${words[stage]} ${from < minors.oldest ? '≤ 1.20' : `1.${from}`}`)
    .join(', ');
}

/** The page of the release table, in Markdown. */
export function renderReleases(facts: readonly ReleaseFact[]): string {
  const byMinor = allMinors.map((minor) => [
    `1.${minor}`,
    changesOf(facts, minor, ['alpha', 'off', 'on', 'stable']) || '–',
    changesOf(facts, minor, ['gone']) || '–',
  ]);
  const byFact = facts.map((fact) => [
    `${fact.title}<br>\`${fact.id}\``,
    rangesOf(fact),
    fact.with,
    fact.without,
    fact.source,
  ]);
  return `# Kubernetes releases

What appears and disappears between Kubernetes 1.${minors.oldest} and 1.${minors.newest} that gofleet touches or meets, and what gofleet does then. Written by
\`node tools/render-releases.ts\` from \`packages/inject/src/releases/release-facts.ts\`; a test holds that it is current.

A running cluster is asked, never guessed from its version: \`gofleet cluster\` lists what its API server serves and what its nodes are.

## By release

${renderTable(['Kubernetes', 'Appears, or moves on', 'Goes'], byMinor)}

## By feature

${renderTable(['Feature', 'Since', 'With it, gofleet', 'Without it', 'Source'], byFact)}
`;
}
