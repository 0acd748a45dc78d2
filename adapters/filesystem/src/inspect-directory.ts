import { access, constants, readFile, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DirectoryFacts } from '@gofleet/build/environment/machine';
import { findMountOf, parseMountTable } from './mount-table.ts';

/** What a path is; `above` when nothing is there, nor can it be known. */
async function stateOf(path: string): Promise<DirectoryFacts['state']> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'not-a-directory';
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'absent';
    return code === 'ENOTDIR' ? 'not-a-directory' : 'unreachable';
  }
}

/** The path itself, or the nearest directory above it that is there. */
async function nearestExisting(path: string): Promise<string> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  return isThere || dirname(path) === path ? path : nearestExisting(dirname(path));
}

async function canWrite(path: string): Promise<boolean> {
  return access(path, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** What lies at a path that builds should write to, and what its file system allows. Never throws for a path that is absent. */
export async function inspectDirectory(path: string): Promise<DirectoryFacts> {
  const state = await stateOf(path);
  const existing = await nearestExisting(path);
  const [{ uid }, space] = [await stat(existing), await statfs(existing)];
  // Only Linux tells what is mounted where; elsewhere these checks find nothing.
  const table = parseMountTable(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''));
  const mount = findMountOf(table, existing);
  return {
    path,
    state,
    existing,
    ownerUid: uid,
    writable: await canWrite(existing),
    fileSystem: mount?.fileSystem ?? '',
    mountPoint: mount?.mountPoint ?? '/',
    mountOptions: mount?.options ?? [],
    freeBytes: space.bavail * space.bsize,
    freeFiles: space.files === 0 ? undefined : space.ffree,
  };
}
