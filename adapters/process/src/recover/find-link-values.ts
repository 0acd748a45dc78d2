import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  isRecipe,
  type LinkVariable,
  parseReleaseRecipe,
  proposeLinkValues,
  type RelinkOriginal,
} from '@gofleet/build/relink';
import type { SourceSpec } from '@gofleet/build/source';
import type { LinkEvidence } from './read-evidence.ts';

/** Folders that hold release recipes, besides a repository's root. */
const folders = [
  '.',
  'build',
  'scripts',
  'script',
  'hack',
  'make',
  'tools',
  '.github',
  'ci',
  'docker',
  'release',
];
const maxRecipeBytes = 1 << 20;

async function readRecipes(root: string): Promise<LinkVariable[]> {
  const found: LinkVariable[] = [];
  for (const folder of folders) {
    const names = await readdir(join(root, folder)).catch(() => []);
    for (const name of names.filter(isRecipe)) {
      const path = join(root, folder, name);
      const { size } = await stat(path).catch(() => ({ size: Number.POSITIVE_INFINITY }));
      if (size <= maxRecipeBytes)
        found.push(...parseReleaseRecipe(await readFile(path, 'utf8').catch(() => '')));
    }
  }
  return found;
}

/**
 * What `-X` may have set in an original: what its symbols say, else what the release recipes of its source say.
 * @param place - where its source lies; absent for a released module
 */
export async function findLinkValues(
  original: RelinkOriginal,
  evidence: LinkEvidence | undefined,
  place: { readonly source: SourceSpec; readonly root: string } | undefined,
): Promise<ReadonlyMap<string, string>[]> {
  if (!evidence || original.settings['-trimpath'] !== 'true') return [];
  if (evidence.symbols.size > 0) return [new Map(evidence.symbols)];
  if (!place || original.stripped === false) return [];
  const release = place.source.kind === 'module' ? place.source.query : '';
  return [...proposeLinkValues(original, await readRecipes(place.root), { ...evidence, release })];
}
