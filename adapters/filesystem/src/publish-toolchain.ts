import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { writeError } from '@gofleet/base/write-error';
import { isExecutable, renderFileList, type ToolchainFile } from '@gofleet/resolve/toolchain/file-list';
import type { ToolchainRecord } from '@gofleet/resolve/toolchain/record';
import { removeTree, stagingPath } from './staging.ts';
import { syncTree } from './sync-tree.ts';
import { filesFile, recordFile } from './toolchain-store.ts';

/** An unpacked tree that was found right. */
export interface StagedToolchain {
  /** In the same folder as `target`. */
  readonly dir: string;
  readonly target: string;
  readonly files: readonly ToolchainFile[];
  readonly record: Omit<ToolchainRecord, 'filesSha256' | 'sizeBytes' | 'installedAt'>;
  /** Waits for the disk, for whoever uses the toolchain without reading it again: after a loss of power it is whole or not there. */
  readonly isDurable?: boolean;
}

async function foldersOf(dir: string): Promise<string[]> {
  const below = await readdir(dir, { recursive: true, withFileTypes: true });
  return below.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

/** Beside each `_go.mod` the `go.mod` that it stands for. @see Go cmd/go/internal/toolchain/select.go Exec (go1.26) */
async function copyGoMods({ dir, files }: StagedToolchain): Promise<ToolchainFile[]> {
  const copies = files.filter(({ path }) => /(?:^|\/)_go\.mod$/.test(path));
  return Promise.all(
    copies.map(async ({ path, sha256 }) => {
      const copy = path.replace(/_go\.mod$/, 'go.mod');
      await writeFile(join(dir, copy), await readFile(join(dir, path)), { flag: 'wx', mode: 0o444 });
      return { path: copy, sha256 };
    }),
  );
}

async function sizeOf(dir: string, files: readonly ToolchainFile[]): Promise<number> {
  const sizes = await Promise.all(files.map(({ path }) => stat(join(dir, path)).then(({ size }) => size)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Sets what is executable and writes list and record; then nothing in the tree can be written to but its top folder. */
async function finish(staged: StagedToolchain): Promise<ToolchainRecord> {
  const { dir } = staged;
  const files = [...staged.files, ...(await copyGoMods(staged))];
  const list = renderFileList(files);
  const record: ToolchainRecord = {
    ...staged.record,
    installedAt: new Date().toISOString(),
    filesSha256: createHash('sha256').update(list).digest('hex'),
    sizeBytes: await sizeOf(dir, files),
  };
  await writeFile(join(dir, filesFile), list, { mode: 0o444 });
  await writeFile(join(dir, recordFile), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o444 });
  for (const { path } of files) if (isExecutable(path)) await chmod(join(dir, path), 0o555);
  for (const folder of await foldersOf(dir)) await chmod(folder, 0o555);
  return record;
}

/**
 * Makes a tree visible as an installed toolchain, by one rename. `undefined` when another process was first: its toolchain stays.
 * @throws `filesystem.disk-full`, `filesystem.no-permission`, `filesystem.cannot-write`
 */
export async function publishToolchain(staged: StagedToolchain): Promise<ToolchainRecord | undefined> {
  try {
    const record = await finish(staged);
    if (staged.isDurable) await syncTree(staged.dir);
    await rename(staged.dir, staged.target);
    await chmod(staged.target, 0o555);
    return record;
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return undefined;
    throw writeError(staged.target, cause);
  }
}

/**
 * Removes an installed toolchain: out of sight by one rename, then from the disk.
 * @throws `filesystem.not-found`, `filesystem.no-permission`, `filesystem.cannot-write`
 */
export async function removeToolchain(dir: string): Promise<void> {
  const aside = stagingPath(dirname(dir));
  try {
    await rename(dir, aside);
    await removeTree(aside);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw writeError(dir, cause);
    throw new GofleetError('filesystem.not-found', `${dir}: no such toolchain`, {
      facts: { path: dir },
      cause,
    });
  }
}
