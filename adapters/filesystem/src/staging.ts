import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { chmod, lstat, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeDirectory } from './make-directory.ts';

/** How the names of such entries begin. */
export const stagingPrefix = '.staging-';
const dayMs = 24 * 60 * 60_000;

/** Where process IDs mean the same: this boot of this machine, this PID namespace. */
function processSpace(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')}${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

const owner = createHash('sha256').update(processSpace()).digest('hex').slice(0, 8);

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether the process that made an entry is gone; of another machine's that is known only by age. */
async function isLeftOver(root: string, name: string): Promise<boolean> {
  const [, madeBy, pid] = /^\.staging-([0-9a-f]{8})-(\d+)-/.exec(name) ?? [];
  if (madeBy === owner && !isRunning(Number(pid))) return true;
  const changed = await stat(join(root, name)).catch(() => undefined);
  return changed !== undefined && changed.mtimeMs < Date.now() - dayMs;
}

/** Removes a folder whose folders may be read-only. */
export async function removeTree(path: string): Promise<void> {
  const entry = await lstat(path).catch(() => undefined);
  if (entry?.isDirectory()) {
    const below = await readdir(path, { recursive: true, withFileTypes: true });
    await chmod(path, 0o755);
    for (const child of below)
      if (child.isDirectory()) await chmod(join(child.parentPath, child.name), 0o755);
  }
  await rm(path, { recursive: true, force: true });
}

/** Removes what installs left that were killed; returns the names. */
export async function sweepStaging(root: string): Promise<string[]> {
  const names = (await readdir(root).catch(() => [])).filter((name) => name.startsWith(stagingPrefix));
  const swept: string[] = [];
  for (const name of names) {
    if (!(await isLeftOver(root, name))) continue;
    // Another process may sweep at the same time.
    await removeTree(join(root, name)).then(
      () => swept.push(name),
      () => undefined,
    );
  }
  return swept;
}

/** A path of its own below `root`, where nothing is yet; invisible to whoever lists toolchains. */
export function stagingPath(root: string): string {
  return join(root, `${stagingPrefix}${owner}-${process.pid}-${randomBytes(6).toString('hex')}`);
}

/**
 * What `use` makes of two paths of its own, a folder and a file, both of which are removed afterwards unless moved away.
 * @throws `filesystem.disk-full`, `filesystem.no-permission`, `filesystem.cannot-write`
 */
export async function withStaging<T>(
  root: string,
  use: (staging: { readonly dir: string; readonly file: string }) => Promise<T>,
): Promise<T> {
  const dir = stagingPath(root);
  const file = `${dir}.archive`;
  await makeDirectory(dir);
  await sweepStaging(root);
  try {
    return await use({ dir, file });
  } finally {
    await rm(file, { force: true });
    await removeTree(dir);
  }
}
