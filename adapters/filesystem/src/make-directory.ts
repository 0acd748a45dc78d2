import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeError } from '@gofleet/base/write-error';

async function make(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw thrown;
    await make(dirname(path));
    await mkdir(path).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== 'EEXIST') throw again;
    });
  }
}

/**
 * Makes a folder and those above it. Node's own `recursive` calls a read-only file system "no such file", and does not end below
 * `/proc`.
 * @throws `filesystem.disk-full`, `filesystem.no-permission`, `filesystem.cannot-write`
 */
export async function makeDirectory(path: string): Promise<void> {
  await make(path).catch((cause: unknown) => {
    throw writeError(path, cause);
  });
}
