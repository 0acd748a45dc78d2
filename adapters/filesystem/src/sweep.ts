import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes entries of a directory that nobody has written to for a day: what processes left that were killed. */
export async function sweepLeftovers(directory: string): Promise<void> {
  const oldest = Date.now() - 24 * 60 * 60_000;
  for (const name of await readdir(directory).catch(() => [])) {
    const path = join(directory, name);
    const changed = await stat(path).catch(() => undefined);
    // Another process may sweep at the same time.
    if (changed && changed.mtimeMs < oldest)
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
