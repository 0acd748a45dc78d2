import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Scenario } from '@gofleet/build/environment/scenario';
import { readSettings } from './read-settings.ts';

/** A cache and what it belongs to. */
export interface ScenarioCache {
  /** `undefined` for a directory that was named. */
  readonly scenario: Scenario | undefined;
  /** `1.26.8` where each release has its own. */
  readonly goVersion: string | undefined;
  readonly dir: string;
}

/** Which caches somebody means. */
export interface CacheChoice {
  readonly kind: 'build' | 'module';
  readonly scenario?: Scenario;
  readonly go?: string;
  readonly workTree: string;
}

async function foldersLike(path: string): Promise<string[]> {
  const entries = await readdir(dirname(path), { withFileTypes: true }).catch(() => []);
  const name = basename(path);
  return entries
    .filter((entry) => entry.isDirectory() && (entry.name === name || entry.name.startsWith(`${name}-`)))
    .map((entry) => entry.name.slice(name.length + 1))
    .sort();
}

async function localCaches(kind: CacheChoice['kind'], path: string): Promise<ScenarioCache[]> {
  if (!path.startsWith('/')) return [];
  // What shares no cache with the rest lies beside it: see planEnvironment.
  const suffixes = (await foldersLike(path)).filter((suffix) => suffix === '' || kind === 'build');
  return suffixes.map((suffix) => ({
    scenario: 'local',
    goVersion: undefined,
    dir: suffix === '' ? path : `${path}-${suffix}`,
  }));
}

async function ownCaches({ kind, workTree }: CacheChoice): Promise<ScenarioCache[]> {
  const path = join(workTree, kind === 'build' ? '.gocache' : '.modcache');
  return (await foldersLike(path)).map((suffix) =>
    suffix === ''
      ? { scenario: 'ci', goVersion: undefined, dir: path }
      : { scenario: 'matrix', goVersion: suffix, dir: `${path}-${suffix}` },
  );
}

/** The caches of a work tree and its user that are there, those of a scenario or release only if one is named. */
export async function findCaches(
  choice: CacheChoice,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ScenarioCache[]> {
  const { settings } = await readSettings(undefined, env);
  const local = settings(choice.kind === 'build' ? 'GOCACHE' : 'GOMODCACHE').value;
  const all = [...(await localCaches(choice.kind, local)), ...(await ownCaches(choice))];
  const version = choice.go?.replace(/^go/, '');
  return all.filter(
    ({ scenario, goVersion }) =>
      (choice.scenario === undefined || scenario === choice.scenario) &&
      (version === undefined || goVersion === version || goVersion?.startsWith(`${version}.`)),
  );
}
