import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Directories of runs begin with this and the process that runs them. */
export const runPrefix = 'run-';

/** Removes what runs of a sandbox that was killed have left. In a container, the next one has the same process ID. */
export async function removeRemains(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const [, pid] = /^run-(\d+)-/.exec(name) ?? [];
    const isLeft = pid !== undefined && (Number(pid) === process.pid || !existsSync(`/proc/${pid}`));
    if (isLeft) await rm(join(dir, name), { recursive: true, force: true });
  }
}
