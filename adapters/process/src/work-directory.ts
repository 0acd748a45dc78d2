import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const prefix = 'relink-';

/** Removes directories of runs that were killed before they could do it themselves: those without a change for a day. */
async function sweep(parent: string): Promise<void> {
  const oldest = Date.now() - 24 * 60 * 60_000;
  for (const name of (await readdir(parent)).filter((entry) => entry.startsWith(prefix))) {
    const path = join(parent, name);
    const changed = await stat(path).catch(() => undefined);
    if (changed && changed.mtimeMs < oldest) await rm(path, { recursive: true, force: true });
  }
}

/** What `use` makes of a new directory below `parent`, which is removed afterwards. */
export async function withWorkDirectory<T>(parent: string, use: (path: string) => Promise<T>): Promise<T> {
  await mkdir(parent, { recursive: true });
  await sweep(parent);
  const path = await mkdtemp(join(parent, prefix));
  try {
    return await use(path);
  } finally {
    // What a stopped command started may still be ending, and write.
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
  }
}
