import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { type CacheFile, parseCacheName } from '@gofleet/build/cache/cache-file';
import { fileError } from './open-file.ts';

/** Told after each of the 256 parts of a cache. */
export type OnPart = (done: number, total: number) => void;

const parts = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'));

/** A program of `go run` or `go tool` is kept as the only file of a directory, under its own name. */
export async function programIn(directory: string): Promise<string | undefined> {
  const names = await readdir(directory).catch(() => []);
  return names.length === 1 && names[0] !== undefined ? join(directory, names[0]) : undefined;
}

async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}

async function describe(dir: string, name: string): Promise<CacheFile[]> {
  const parsed = parseCacheName(name);
  const facts = parsed && (await statOf(join(dir, name)));
  // A build may take a file away while it is being looked at.
  if (!parsed || !facts) return [];
  const program = facts.isDirectory() ? await programIn(join(dir, name)) : undefined;
  const content = program === undefined ? facts : ((await statOf(program)) ?? facts);
  return [{ name, kind: parsed.kind, sizeBytes: content.blocks * 512, usedAtMs: facts.mtimeMs }];
}

async function namesOf(dir: string, part: string): Promise<string[]> {
  try {
    return (await readdir(join(dir, part))).map((name) => `${part}/${name}`);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fileError(join(dir, part), thrown);
  }
}

/**
 * That a directory is a build cache: it has the 256 folders, or nothing yet.
 * @throws `build.not-a-cache`, `filesystem.not-found`, `filesystem.no-permission`
 */
async function requireCache(dir: string): Promise<void> {
  let entries: Dirent[];
  try {
    entries = await readdir(dir, { withFileTypes: true });
  } catch (thrown) {
    throw fileError(dir, thrown);
  }
  const isCache = entries.some((entry) => entry.isDirectory() && /^[0-9a-f]{2}$/.test(entry.name));
  const isNew = entries.every(({ name }) => name === '.gitignore' || name === 'README');
  if (isCache || isNew) return;
  throw new GofleetError('build.not-a-cache', `${dir}: expected a build cache of Go, found something else`, {
    facts: { path: dir },
    hint: 'name the directory that "go env GOCACHE" prints',
  });
}

/**
 * Every entry and output of a build cache.
 * @throws `build.not-a-cache`, `filesystem.not-found`, `filesystem.no-permission`
 */
export async function listBuildCache(
  dir: string,
  options: { readonly onPart?: OnPart; readonly signal?: AbortSignal } = {},
): Promise<CacheFile[]> {
  await requireCache(dir);
  const files: CacheFile[] = [];
  for (const [index, part] of parts.entries()) {
    options.signal?.throwIfAborted();
    const names = await namesOf(dir, part);
    for (const found of await Promise.all(names.map((name) => describe(dir, name)))) files.push(...found);
    options.onPart?.(index + 1, parts.length);
  }
  return files;
}
