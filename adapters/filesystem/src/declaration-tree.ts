import { type Dirent, readdirSync } from 'node:fs';
import { pathIn } from '@gofleet/declare/paths';
import type { DeclarationFiles } from '@gofleet/declare/ports';
import { declarationFiles, readListed } from './declaration-files.ts';

/** Directories that hold no modules of a work tree. As for `./...` of Go, neither do those that begin with a dot or `_`. */
const passedOver: ReadonlySet<string> = new Set(['node_modules', 'vendor', 'testdata']);
const isPassedOver = (name: string): boolean =>
  passedOver.has(name) || ((name.startsWith('.') || name.startsWith('_')) && name !== '.github');

function readDirectory(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** A work tree, walked once. Files in it are read from what was listed: one that is not there costs nothing. */
export interface DeclarationTree {
  readonly files: DeclarationFiles;
  /** Every directory that was walked with the names of the files in it, parents first. */
  readonly directories: ReadonlyMap<string, readonly string[]>;
}

/** Walks the directories below one. Links are not followed; what may not be listed is passed over. */
export function walkDeclarationTree(root: string): DeclarationTree {
  const directories = new Map<string, readonly string[]>();
  const open = [root];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    const names: string[] = [];
    const below: string[] = [];
    for (const entry of readDirectory(directory)) {
      if (!entry.isDirectory()) names.push(entry.name);
      else if (!isPassedOver(entry.name)) below.push(pathIn(directory, entry.name));
    }
    directories.set(directory, names.sort());
    open.push(...below.sort().reverse());
  }
  return { directories, files: cachedFiles(directories) };
}

function cachedFiles(directories: DeclarationTree['directories']): DeclarationFiles {
  const known = new Map([...directories].map(([directory, names]) => [directory, new Set(names)]));
  const texts = new Map<string, string | undefined>();
  return {
    list: (directory) => directories.get(directory) ?? declarationFiles.list(directory),
    read(path) {
      const slash = path.lastIndexOf('/');
      const names = known.get(path.slice(0, slash) || '/');
      if (names && !names.has(path.slice(slash + 1))) return undefined;
      if (!texts.has(path)) texts.set(path, names ? readListed(path) : declarationFiles.read(path));
      return texts.get(path);
    },
  };
}
