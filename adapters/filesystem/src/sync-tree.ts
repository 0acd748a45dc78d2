import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const inFlight = 16;

/** Waits until a file's content, or a folder's list of names, is on the disk. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Waits until a folder and everything below it is on the disk; links are their folder's. */
export async function syncTree(dir: string): Promise<void> {
  const below = await readdir(dir, { recursive: true, withFileTypes: true });
  const own = below.filter((entry) => entry.isFile() || entry.isDirectory());
  const queue = [...own.map(({ parentPath, name }) => join(parentPath, name)), dir].values();
  const drain = async (): Promise<void> => {
    for (const path of queue) await syncPath(path);
  };
  await Promise.all(Array.from({ length: inFlight }, drain));
}
