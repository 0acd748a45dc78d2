import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import type { ToolchainFile } from '@gofleet/resolve/toolchain/file-list';
import { fileError } from './open-file.ts';

/** What is told while a tree is read. */
export interface TreeReading {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Paths that are left out, such as what is kept of a toolchain beside its files. */
  readonly leaveOut?: (path: string) => boolean;
}

const maxFiles = 200_000;
const inFlight = 8;

/**
 * The paths of the files below a folder, from there, with slashes.
 * @throws `filesystem.not-found`, `filesystem.no-permission`, `filesystem.unreadable`, `filesystem.too-large`
 */
export async function listFiles(
  dir: string,
  { leaveOut = () => false }: Pick<TreeReading, 'leaveOut'>,
): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw fileError(dir, cause);
  });
  if (entries.length > maxFiles) {
    throw new GofleetError('filesystem.too-large', `${dir}: more than ${maxFiles} files`, {
      facts: { path: dir },
    });
  }
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !leaveOut(path));
}

/**
 * The files below a folder with the sha256 of each; links are followed as files.
 * @throws `filesystem.not-found`, `filesystem.no-permission`, `filesystem.unreadable`, `filesystem.too-large`
 */
export async function hashTree(dir: string, reading: TreeReading = {}): Promise<ToolchainFile[]> {
  const paths = await listFiles(dir, reading);
  const files: ToolchainFile[] = [];
  const queue = paths.values();
  const drain = async (): Promise<void> => {
    for (const path of queue) {
      reading.signal?.throwIfAborted();
      const content = await readFile(join(dir, path)).catch((cause: unknown) => {
        throw fileError(join(dir, path), cause);
      });
      files.push({ path, sha256: hash('sha256', content, 'hex') });
      reading.onProgress?.({ done: files.length, total: paths.length });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, drain));
  return files;
}
