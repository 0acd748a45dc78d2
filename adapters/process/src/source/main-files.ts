import { opendir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { namedFiles } from '@gofleet/build/relink';

/** The files that a main package was given as. */
export interface MainFiles {
  /** Relative to the module's folder, all of one folder. */
  readonly files: readonly string[];
  /** Where the module's folder was, when the executable names it. */
  readonly recorded?: string;
}

const maxFiles = 2000;

/** Files of main packages below a folder, relative to it. */
async function* mainFilesBelow(root: string, folder = root): AsyncGenerator<string> {
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !/^(?:[._].*|vendor|testdata)$/.test(entry.name))
      yield* mainFilesBelow(root, path);
    const isSource = entry.isFile() && entry.name.endsWith('.go') && !entry.name.endsWith('_test.go');
    if (isSource && /^package main\b/m.test(await readFile(path, 'utf8'))) yield relative(root, path);
  }
}

/** The recorded name of a file: below the folder that it was built in, or below what stands for it under `-trimpath`. */
function nameOf(file: string, names: readonly string[]): string | undefined {
  const [inFolder, trimmed] = [`/${file}`, `${namedFiles}/${basename(file)}`];
  return (
    names.find((name) => name.endsWith(inFolder)) ??
    names.find((name) => name === trimmed || name === `./${basename(file)}`)
  );
}

const depth = (path: string): number => path.split('/').length;

/**
 * The files of a module that a main package was given as: those that the executable names, of the deepest folder that has one;
 * else `main.go` of the folder nearest to the module's.
 */
export async function findMainFiles(
  module: string,
  sourceNames: Iterable<string>,
): Promise<MainFiles | undefined> {
  const names = [...sourceNames];
  const found: { file: string; name: string | undefined }[] = [];
  for await (const file of mainFilesBelow(module)) {
    found.push({ file, name: nameOf(file, names) });
    if (found.length >= maxFiles) break;
  }
  const named = found
    .filter(({ name }) => name?.startsWith('/'))
    .sort((a, b) => depth(b.file) - depth(a.file));
  const trimmed = found
    .filter(({ name }) => name !== undefined)
    .sort((a, b) => depth(a.file) - depth(b.file));
  const plain = found
    .filter(({ file }) => basename(file) === 'main.go')
    .sort((a, b) => depth(a.file) - depth(b.file));
  const group = [named, trimmed, plain].find((files) => files.length > 0);
  const [first] = group ?? [];
  if (!group || !first) return undefined;
  const files = group.map(({ file }) => file).filter((file) => dirname(file) === dirname(first.file));
  const { name } = first;
  return {
    files: files.sort(),
    ...(name?.startsWith('/') ? { recorded: name.slice(0, -first.file.length - 1) } : {}),
  };
}
