import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { writeReadme } from './render-readme.ts';

const folder = import.meta.dirname;

function environmentOf(): Record<string, string | number> {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpus: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    kernel: release(),
    node: process.version,
  };
}

/** Keeps what a bench found in `results/<name>.json`, renders the page anew and prints it. */
export function writeResult({
  name,
  question,
  figures,
}: {
  readonly name: string;
  readonly question: string;
  readonly figures: Readonly<Record<string, unknown>>;
}): void {
  const results = join(folder, 'results');
  mkdirSync(results, { recursive: true });
  const record = { name, question, environment: environmentOf(), figures };
  writeFileSync(join(results, `${name}.json`), `${JSON.stringify(record, null, 2)}\n`);
  writeReadme(folder);
  console.log(JSON.stringify({ name, figures }, null, 2));
}
