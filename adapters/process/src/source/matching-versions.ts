import { readFile } from 'node:fs/promises';
import type { RelinkOriginal } from '@gofleet/build/relink';
import { agreesWithGoMod } from '@gofleet/build/source';
import { runInShop, type Workshop } from '../workshop.ts';
import { cacheFirst } from './fetch-module.ts';

/** So many versions are looked at, newest first, so many at a time, until so many agree. */
const limits = { versions: 120, batch: 20, matches: 4 };

async function listVersions(shop: Workshop, path: string): Promise<string[]> {
  const argv = ['list', '-m', '-versions', '-f', '{{range .Versions}}{{println .}}{{end}}', path];
  const { exitCode, stdout } = await runInShop(shop, { name: 'fetch', argv, env: { GOFLAGS: '-mod=mod' } });
  return exitCode === 0 ? stdout.split('\n').filter(Boolean).reverse().slice(0, limits.versions) : [];
}

/** Where the go.mod of each version lies; versions that cannot be had are left out. */
async function goModsOf(
  shop: Workshop,
  path: string,
  versions: readonly string[],
): Promise<[string, string][]> {
  const argv = [
    'list',
    '-m',
    '-e',
    '-f',
    '{{.Version}} {{.GoMod}}',
    ...versions.map((version) => `${path}@${version}`),
  ];
  const { stdout } = await runInShop(shop, {
    name: 'fetch',
    argv,
    env: { ...cacheFirst(shop), GOFLAGS: '-mod=mod' },
  });
  return stdout.split('\n').flatMap((line): [string, string][] => {
    const [version = '', goMod = ''] = line.split(' ');
    return goMod === '' ? [] : [[version, goMod]];
  });
}

/**
 * Released versions of a module that an original may have been built from, newest first: those whose go.mod names the
 * dependencies that the original records.
 */
export async function findMatchingVersions(
  shop: Workshop,
  original: RelinkOriginal,
  path: string,
): Promise<string[]> {
  const versions = await listVersions(shop, path);
  const found: string[] = [];
  for (let start = 0; start < versions.length && found.length < limits.matches; start += limits.batch) {
    for (const [version, goMod] of await goModsOf(shop, path, versions.slice(start, start + limits.batch))) {
      if (agreesWithGoMod(original, await readFile(goMod, 'utf8'))) found.push(version);
    }
  }
  return found.slice(0, limits.matches);
}
