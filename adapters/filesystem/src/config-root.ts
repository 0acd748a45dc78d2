import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where the user's choices are kept: `gofleet` in the user's configuration folder. */
export function configRoot(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const folder = env.XDG_CONFIG_HOME ? resolve(env.XDG_CONFIG_HOME) : join(homedir(), '.config');
  return join(folder, 'gofleet');
}
