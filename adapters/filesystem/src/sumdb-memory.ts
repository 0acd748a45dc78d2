import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeError } from '@gofleet/base/write-error';
import type { SumdbMemory } from '@gofleet/resolve/sumdb/ports';
import { makeDirectory } from './make-directory.ts';
import { fileError } from './open-file.ts';

async function readIfThere(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR') return undefined;
    throw fileError(path, thrown);
  });
}

async function replace(path: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  await makeDirectory(dirname(path));
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw writeError(path, cause);
  }
}

/**
 * What is remembered of a checksum database, in a folder: `latest` is the newest tree head that was proved, beside it answers and
 * tiles. Nothing in there is believed without its proof but that `latest` was seen; removing the folder forgets which tree was seen.
 */
export function createSumdbMemory(dir: string): SumdbMemory {
  return {
    readLatest: async () => (await readIfThere(join(dir, 'latest')))?.toString('utf8'),
    writeLatest: (note) => replace(join(dir, 'latest'), note),
    readCache: (path) => readIfThere(join(dir, ...path.split('/'))),
    writeCache: (path, bytes) => replace(join(dir, ...path.split('/')), bytes),
  };
}
