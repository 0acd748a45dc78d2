import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBreaches, parseLayerTable, type SourceFile } from './layers.ts';

/** Reads the table of ARCHITECTURE.md, holds every import against it, prints the breaches and exits 1 when there are any. */
function main(): number {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..');
  const layers = parseLayerTable(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8'));
  const files = globSync('{packages,adapters,apps}/*/src/**/*.ts', { cwd: root })
    .concat(globSync('{lab,testkit}/src/**/*.ts', { cwd: root }))
    .map(
      (path): SourceFile => ({
        path: relative(root, join(root, path)),
        text: readFileSync(join(root, path), 'utf8'),
      }),
    );
  const breaches = findBreaches(layers, files);
  for (const breach of breaches) console.error(breach);
  console.log(`layers: ${files.length} files in ${layers.length} packages, ${breaches.length} breaches`);
  return breaches.length === 0 ? 0 : 1;
}

process.exitCode = main();
