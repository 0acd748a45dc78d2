import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where gofleet keeps what can be made again: `GOFLEET_CACHE`, else `gofleet` in the user's cache folder. */
export function cacheRoot(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env.GOFLEET_CACHE) return resolve(env.GOFLEET_CACHE);
  return join(env.XDG_CACHE_HOME ? resolve(env.XDG_CACHE_HOME) : join(homedir(), '.cache'), 'gofleet');
}
