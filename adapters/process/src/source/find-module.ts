import { opendir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const maxDepth = 12;

/** The module that a go.mod is of; `undefined` when there is none. */
export async function modulePathOf(goMod: string): Promise<string | undefined> {
  const text = await readFile(goMod, 'utf8').catch(() => '');
  return /^\s*module\s+"?([^\s"]+)"?/m.exec(text)?.[1];
}

/** A folder and those below it that hold source, breadth first. */
export async function* walkFolders(root: string): AsyncGenerator<string> {
  let level = [root];
  for (let depth = 0; depth < maxDepth && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      yield folder;
      for await (const entry of await opendir(folder)) {
        const isSource =
          !['vendor', 'testdata', 'node_modules'].includes(entry.name) && !/^[._]/.test(entry.name);
        if (entry.isDirectory() && isSource) next.push(join(folder, entry.name));
      }
    }
    level = next;
  }
}

/** The folder below `root` whose go.mod is of a module; `undefined` when there is none. */
export async function findModule(root: string, path: string): Promise<string | undefined> {
  for await (const folder of walkFolders(root)) {
    if ((await modulePathOf(join(folder, 'go.mod'))) === path) return folder;
  }
  return undefined;
}
