import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
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
  const running = runInShop(shop, { name: 'fetch', argv, env: { ...cacheFirst(shop), ...anyRelease } });
  const end = await running.catch((thrown: unknown) => {
    if (!isGofleetError(thrown) || thrown.code !== 'process.timeout') throw thrown;
    const { facts, message } = thrown;
    const parts = { facts, retry: 'later', cause: thrown } as const;
    throw new GofleetError('build.timeout', `fetching ${path}@${query}: ${message}`, parts);
  });
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

/**
 * Fetches the released module that an original was built from, and tells where it is unpacked: with it the module cache has a list
 * of versions to answer.
 */
export async function fetchRelease(shop: Workshop, original: RelinkOriginal): Promise<string | undefined> {
  const main = mainModuleOf(original);
  return main && (await fetchModule(shop, main.path, main.version)).directory;
}
