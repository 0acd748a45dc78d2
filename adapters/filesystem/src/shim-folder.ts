import { lstat, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { shimMarker, shimScript, shimTools } from '@gofleet/resolve/shim/render-shim';
import { makeDirectory } from './make-directory.ts';

/** A binary of `go install` that has a shim. */
export interface ShimmedTool {
  readonly name: string;
  /** The releases that it was installed with: `go1.26.8`. */
  readonly releases: readonly string[];
}

const links = ['gofmt'];

/** What is in a folder of shims. */
export interface ShimFolder {
  readonly script: string;
  /** Whether a native shim runs before the script. */
  readonly native: boolean;
  /** Whether somebody wanted no native shim. */
  readonly scriptOnly: boolean;
}

/** What is in a folder of shims; `undefined` when there is no script. */
export async function readShims(folder: string): Promise<ShimFolder | undefined> {
  const script = await readFile(join(folder, shimScript), 'utf8').catch(() => undefined);
  if (script === undefined) return undefined;
  const go = await lstat(join(folder, 'go')).catch(() => undefined);
  const marker = await readFile(join(folder, shimMarker), 'utf8').catch(() => '');
  return { script, native: go?.isFile() === true, scriptOnly: marker === scriptOnlyMark };
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

const scriptOnlyMark = 'script only\n';

/** Puts a finished file in place at once: a shim may be running. */
export async function placeShim(folder: string, made: string): Promise<void> {
  await rename(made, join(folder, 'go'));
}

/**
 * Makes a folder of shims that are the script, or brings one up to date; binaries that have a shim keep it.
 * @throws `filesystem.not-shims` when the folder holds something else
 */
export async function writeShims(
  folder: string,
  { script, scriptOnly }: Omit<ShimFolder, 'native'>,
): Promise<void> {
  const names = await namesIn(folder);
  if (names.length > 0 && !names.includes(shimMarker)) {
    throw new GofleetError('filesystem.not-shims', `${folder} is no folder of shims and is not empty`, {
      facts: { folder },
      hint: 'name another folder with --dir',
    });
  }
  await makeDirectory(folder);
  await writeFile(join(folder, shimMarker), scriptOnly ? scriptOnlyMark : '');
  const made = join(folder, `${shimMarker}.${process.pid}`);
  await writeFile(made, script, { mode: 0o755 });
  await rename(made, join(folder, shimScript));
  await symlink(shimScript, made);
  await placeShim(folder, made);
  for (const name of links.filter((link) => !names.includes(link))) await symlink('go', join(folder, name));
}

/** The binaries that have a shim, by name. */
export async function listShimmedTools(folder: string): Promise<ShimmedTool[]> {
  const names = (await namesIn(folder)).filter((name) => !name.startsWith('.'));
  const tools = names.filter((name) => name !== 'go' && !links.includes(name)).sort();
  const releases = (await namesIn(join(folder, shimTools))).filter((name) => name.startsWith('go'));
  const kept = await Promise.all(
    releases.map(async (name) => ({ name, tools: await namesIn(join(folder, shimTools, name)) })),
  );
  return tools.map((name) => ({
    name,
    releases: kept.filter(({ tools: held }) => held.includes(name)).map((release) => release.name),
  }));
}

/**
 * Removes the shim of a binary and what was kept of it; `go install`'s own file stays.
 * @throws `filesystem.no-such-shim`
 */
export async function forgetTool(folder: string, name: string): Promise<void> {
  if (!(await listShimmedTools(folder)).some((tool) => tool.name === name)) {
    throw new GofleetError('filesystem.no-such-shim', `no binary named ${name} has a shim in ${folder}`, {
      facts: { folder, name },
      hint: 'gofleet shims status lists them',
    });
  }
  await rm(join(folder, name));
  const kept = join(folder, shimTools);
  for (const release of await namesIn(kept)) await rm(join(kept, release, name), { force: true });
}

/** Removes a folder of shims; false when there was none. */
export async function removeShims(folder: string): Promise<boolean> {
  const marked = await lstat(join(folder, shimMarker)).catch(() => undefined);
  if (marked) await rm(folder, { recursive: true });
  return marked !== undefined;
}
