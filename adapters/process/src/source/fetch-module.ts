import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isGofleetError } from '@gofleet/base/errors';
import { explainGoFailure } from '@gofleet/build/go-failure';
import { mainModuleOf, type RelinkOriginal } from '@gofleet/build/relink';
import { runInShop, type Workshop } from '../workshop.ts';

/** A module in the module cache, checked against the checksum database. */
export interface FetchedModule {
  readonly version: string;
  /** Where it is unpacked. */
  readonly directory: string;
  /** The commit, when the proxy knows it. */
  readonly commit?: string;
  /** The module's folder in its repository, when the proxy knows it. */
  readonly subdirectory?: string;
}

/**
 * GOPROXY with the module cache asked first. `go install path@version` asks for the list of versions only to say whether the
 * module is deprecated; a proxy that refuses lists would end the build, the cache knows at least the version that is there.
 */
export function cacheFirst(shop: Workshop): Record<string, string> {
  const goproxy = shop.env.GOPROXY ?? '';
  return goproxy === '' ? {} : { GOPROXY: `${cacheProxy(shop.modCache)},${goproxy}` };
}

/** A module may need a newer Go than this machine's to be looked at; the `go` command fetches it then. */
export const anyRelease = { GOTOOLCHAIN: 'auto' } as const;

/** The module cache as a proxy. */
export function cacheProxy(modCache: string): string {
  return pathToFileURL(join(modCache, 'cache', 'download')).href;
}

interface Downloaded {
  readonly Version?: string;
  readonly Dir?: string;
  readonly Error?: string;
  readonly Origin?: { readonly Hash?: string; readonly Subdir?: string };
}

function parseAnswer(text: string): Downloaded {
  try {
    return JSON.parse(text) as Downloaded;
  } catch {
    return {};
  }
}

/**
 * Fetches a module.
 * @param query - a version, tag or commit
 * @throws the codes of `explainGoFailure`, `build.timeout`, `process.aborted`, `process.cannot-start`
 */
export async function fetchModule(shop: Workshop, path: string, query: string): Promise<FetchedModule> {
  const argv = ['mod', 'download', '-json', `${path}@${query}`];
  const what = `fetching ${path}@${query}`;
  const run = { name: 'fetch', what, argv, env: { ...cacheFirst(shop), ...anyRelease } };
  let end = await runInShop(shop, run);
  // Which newer Go that is, some proxies do not tell; the original's own was new enough.
  if (/requires go >=/.test(`${end.stdout}${end.stderr}`) && shop.release !== undefined) {
    end = await runInShop(shop, { ...run, env: { ...run.env, GOTOOLCHAIN: shop.release } });
  }
  const { Version: version, Dir: directory, Error: problem = '', Origin: origin } = parseAnswer(end.stdout);
  if (end.exitCode !== 0 || version === undefined || directory === undefined) {
    const output = `${problem}\n${end.stderr}`;
    throw explainGoFailure({ goVersion: 'go', package: `${path}@${query}`, output, exitCode: end.exitCode });
  }
  return {
    ...{ version, directory },
    ...(origin?.Hash === undefined ? {} : { commit: origin.Hash }),
    ...(origin?.Subdir === undefined ? {} : { subdirectory: origin.Subdir }),
  };
}

/** It is good to know, and no reason to wait. */
const retractionTimeMs = 20_000;

/**
 * Why a version was withdrawn by its author; `undefined` when it was not, and when no newer version can be asked.
 * @see https://go.dev/ref/mod#go-mod-file-retract
 */
export async function findRetraction(shop: Workshop, original: RelinkOriginal): Promise<string | undefined> {
  const main = mainModuleOf(original);
  if (!main) return undefined;
  const { path, version } = main;
  const what = `asking whether ${path}@${version} was retracted`;
  const argv = ['list', '-m', '-retracted', '-f', '{{range .Retracted}}{{.}} {{end}}', `${path}@${version}`];
  const limits = { ...shop.limits, timeMs: Math.min(shop.limits.timeMs, retractionTimeMs) };
  const run = { name: 'fetch', what, argv, env: { GOFLAGS: '-mod=mod' } };
  const end = await runInShop({ ...shop, limits }, run).catch((thrown: unknown) => {
    if (isGofleetError(thrown) && thrown.code === 'build.timeout') return undefined;
    throw thrown;
  });
  return (end?.exitCode === 0 && end.stdout.trim()) || undefined;
}

/**
 * Fetches the released module that an original was built from, with which the module cache has a list of versions to answer, and answers
 * where it is unpacked; `undefined` when none is recorded.
 */
export async function fetchRelease(shop: Workshop, original: RelinkOriginal): Promise<string | undefined> {
  const main = mainModuleOf(original);
  if (!main) return undefined;
  return (await fetchModule(shop, main.path, main.version)).directory;
}
