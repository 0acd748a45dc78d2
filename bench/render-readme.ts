import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Result {
  readonly name: string;
  readonly question: string;
  readonly environment: Readonly<Record<string, string | number>>;
  readonly figures: Readonly<Record<string, unknown>>;
}

const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Summaries take one row, everything else a row per leaf. */
function rowsOf(figures: Readonly<Record<string, unknown>>, prefix = ''): string[] {
  return Object.entries(figures).flatMap(([name, value]) => {
    const label = `${prefix}${name}`;
    if (!isTree(value)) return [`| ${label} | ${String(value)} |`];
    const leaves = Object.values(value).every((leaf) => !isTree(leaf));
    const text = Object.entries(value).map(([key, leaf]) => `${key} ${String(leaf)}`);
    return leaves ? [`| ${label} | ${text.join(', ')} |`] : rowsOf(value, `${label}.`);
  });
}

function renderResult({ name, question, environment, figures }: Result): string {
  const where = Object.entries(environment).map(([key, value]) => `${key} ${value}`);
  return [
    `## ${name}`,
    '',
    question,
    '',
    '| figure | measured |',
    '| --- | --- |',
    ...rowsOf(figures),
    '',
    where.join(' · '),
  ].join('\n');
}

const head = `# Figures

One file per figure; \`npm run bench [NAME…]\` measures them anew (\`relink-corpus\`: \`node bench/relink-corpus.ts\`), writes \`results/NAME.json\` and this page. Two
things that are compared run in turn in one run; medians and p99 by nearest rank, durations in milliseconds. \`results/start-overhead.csv\` and \`results/deliveries.csv\` hold every sample. Run them on a machine that does nothing else.`;

/** Writes \`README.md\` of a folder of figures from the results in it. */
export function writeReadme(folder: string): void {
  const results = readdirSync(join(folder, 'results'))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, 'results', name), 'utf8')) as Result);
  writeFileSync(join(folder, 'README.md'), `${[head, ...results.map(renderResult)].join('\n\n')}\n`);
}
