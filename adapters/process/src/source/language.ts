import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RelinkOriginal } from '@gofleet/build/relink';

/**
 * The Go version that the go.mod of a main module named which is not to be had, as far as its program tells: when no old behaviour
 * is recorded, the release's own; else that of the module which it builds.
 * @param directory - where that module is unpacked
 */
export async function languageOf(
  { settings, goVersion }: RelinkOriginal,
  directory: string,
): Promise<string> {
  const own = /\d+\.\d+(?:\.\d+)?(?:rc\d+)?/.exec(goVersion)?.[0];
  if (settings.DefaultGODEBUG === undefined && own !== undefined) return own;
  const goMod = await readFile(join(directory, 'go.mod'), 'utf8').catch(() => '');
  return /^go\s+(\S+)/m.exec(goMod)?.[1] ?? '1.17';
}
