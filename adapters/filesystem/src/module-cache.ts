import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type CachedModule, hashedFiles, parseZiphashName } from '@gofleet/build/cache/module-path';
import { hashFiles } from '@gofleet/resolve/dirhash';
import { hashFile } from './inspect-file.ts';
import { fileError } from './open-file.ts';

/** An extracted module that is not what was downloaded. */
export interface ModifiedModule {
  readonly module: string;
  readonly directory: string;
  readonly reason: string;
}

/** What a verification of a module cache read and found. */
export interface ModuleVerdict {
  readonly dir: string;
  readonly modules: number;
  /** Downloaded, and not extracted. */
  readonly onlyDownloaded: number;
  readonly bytes: number;
  readonly modified: readonly ModifiedModule[];
}

export interface VerifyModules {
  /** GOMODCACHE. */
  readonly dir: string;
  readonly onProgress?: (done: number, total: number, module: string) => void;
  readonly signal?: AbortSignal;
}

/** The names of all files below a directory, with `/`; links and devices are files to `go mod verify` too. */
async function filesBelow(dir: string, below = ''): Promise<string[]> {
  const entries = await readdir(join(dir, below), { withFileTypes: true });
  const found = await Promise.all(
    entries.map((entry) => {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(dir, name) : [name];
    }),
  );
  return found.flat();
}

async function ziphashes(dir: string): Promise<string[]> {
  try {
    const names = await readdir(join(dir, 'cache', 'download'), { recursive: true });
    return names.filter((name) => name.endsWith('.ziphash')).sort();
  } catch (thrown) {
    throw fileError(join(dir, 'cache', 'download'), thrown);
  }
}

const atOnce = 32;

async function hashModule(
  module: CachedModule,
  directory: string,
  signal?: AbortSignal,
): Promise<{ readonly h1: string; readonly bytes: number }> {
  const names = await filesBelow(directory);
  const hashed: { name: string; sha256: string }[] = [];
  let bytes = 0;
  const hashOne = async (name: string): Promise<void> => {
    const path = join(directory, name);
    const isLink = (await lstat(path)).isSymbolicLink();
    const { sha256, sizeBytes } = isLink ? await hashLink(path) : await hashFile(path, { signal });
    hashed.push({ name, sha256 });
    bytes += sizeBytes;
  };
  for (let start = 0; start < names.length; start += atOnce) {
    await Promise.all(names.slice(start, start + atOnce).map(hashOne));
  }
  return { h1: hashFiles(hashedFiles(module, hashed)), bytes };
}

/** No module has links; one that is there now must make a difference, whatever it leads to. */
async function hashLink(path: string): Promise<{ sha256: string; sizeBytes: number }> {
  const target = `link to ${await readlink(path)}`;
  return { sha256: createHash('sha256').update(target).digest('hex'), sizeBytes: 0 };
}

async function isDirectory(path: string): Promise<boolean> {
  return lstat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}

/**
 * Compares every extracted module of a module cache with the hash that was verified when it was downloaded, as
 * `go mod verify` does for the modules of one work tree.
 * @throws `filesystem.not-found`, `filesystem.no-permission`
 * @see Go cmd/go/internal/modcmd/verify.go (go1.26)
 */
export async function verifyModuleCache({ dir, onProgress, signal }: VerifyModules): Promise<ModuleVerdict> {
  const names = await ziphashes(dir);
  const modified: ModifiedModule[] = [];
  const count = { modules: 0, onlyDownloaded: 0, bytes: 0 };
  for (const [index, name] of names.entries()) {
    signal?.throwIfAborted();
    const parsed = parseZiphashName(name);
    if (!parsed) continue;
    const module = `${parsed.path}@${parsed.version}`;
    const directory = join(dir, parsed.directory);
    onProgress?.(index, names.length, module);
    if (!(await isDirectory(directory))) {
      count.onlyDownloaded += 1;
      continue;
    }
    const expected = (await readFile(join(dir, 'cache', 'download', name), 'utf8')).trim();
    const { h1, bytes } = await hashModule(parsed, directory, signal);
    count.modules += 1;
    count.bytes += bytes;
    if (h1 !== expected) modified.push({ module, directory, reason: `expected ${expected}, found ${h1}` });
  }
  return { dir, ...count, modified };
}
