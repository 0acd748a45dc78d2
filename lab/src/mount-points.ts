import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mountPoints } from './isolate.ts';
import { readJson, writeJson } from './json-file.ts';
import { withLock } from './lock.ts';
import { clustersDir, locksDir } from './paths.ts';

const record = (): string => join(clustersDir(), '..', 'mount-points.json');
const lockPath = (): string => join(locksDir(), 'mount-points');

/**
 * Makes the folders that are mounted over inside a lab, where this machine lacks them; what it made is written down
 * first, so that it can be taken away even when it is killed here.
 */
export async function createMountPoints(): Promise<void> {
  await withLock(lockPath(), async () => {
    const known = (await readJson<string[]>(record())) ?? [];
    const missing = mountPoints.flatMap(withParents).filter((path) => !existsSync(path));
    if (missing.length === 0) return;
    await writeJson(record(), [...new Set([...known, ...missing])]);
    for (const path of missing) await mkdir(path, { recursive: true });
  });
}

function withParents(path: string): string[] {
  const parent = dirname(path);
  return parent === '/' ? [path] : [...withParents(parent), path];
}

/**
 * Takes away the folders that a lab had to make, when no lab is left that could have something mounted there; answers
 * which. A folder that has got something in it since stays.
 */
export async function removeMountPoints(): Promise<string[]> {
  return withLock(lockPath(), async () => {
    const known = await readJson<string[]>(record());
    if (!known || (await readdir(clustersDir()).catch(() => [])).length > 0) return [];
    const removed: string[] = [];
    for (const path of known.toReversed()) {
      await rmdir(path).then(
        () => removed.push(path),
        () => undefined,
      );
    }
    await rm(record(), { force: true });
    return removed;
  });
}
