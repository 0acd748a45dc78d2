import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where gofleet keeps what it would be missed for, such as shims: `gofleet` in the user's data folder. */
export function dataRoot(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const folder = env.XDG_DATA_HOME ? resolve(env.XDG_DATA_HOME) : join(homedir(), '.local/share');
  return join(folder, 'gofleet');
}
