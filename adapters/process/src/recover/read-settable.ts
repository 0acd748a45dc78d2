import { opendir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import {
  type LinkVariable,
  mayBeRecipe,
  parseReleaseRecipe,
  parseStringVariables,
  type Settable,
} from '@gofleet/build/relink';

/** Folders whose Go files are part of a build, not of the program. */
const building = /(?:^|\/)(?:build|bin|ci|hack|internal\/build|magefiles?|release|scripts?|tools?)$/;
const skipped = /^(?:\.git|vendor|testdata|node_modules|third_party|docs?)$/;
const limits = { files: 20_000, bytes: 1 << 20, depth: 8, recipeDepth: 3 };

/** A file below a source's root. */
interface SourceFile {
  readonly folder: string;
  readonly name: string;
  readonly depth: number;
}

async function* walk(root: string): AsyncGenerator<SourceFile> {
  let level = [''];
  for (let depth = 0; depth < limits.depth && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      for await (const entry of await opendir(join(root, folder))) {
        if (entry.isFile()) yield { folder, name: entry.name, depth };
        else if (entry.isDirectory() && !skipped.test(entry.name)) next.push(join(folder, entry.name));
      }
    }
    level = next;
  }
}

const isSource = (name: string): boolean => name.endsWith('.go') && !name.endsWith('_test.go');
const isRecipe = ({ folder, name, depth }: SourceFile): boolean =>
  depth < limits.recipeDepth && (mayBeRecipe(name) || (isSource(name) && building.test(folder)));

/** Collects what `-X` may have set from one file after the other. */
class SettableVariables implements Settable {
  readonly recipes: LinkVariable[] = [];
  readonly declared: string[] = [];
  readonly #pathOf: (folder: string) => string | undefined;

  /** @param pathOf - the import path of a folder; `undefined` outside the module */
  constructor(pathOf: (folder: string) => string | undefined) {
    this.#pathOf = pathOf;
  }

  add(file: SourceFile, text: string): void {
    if (isRecipe(file) && text.includes('-X')) this.recipes.push(...parseReleaseRecipe(text));
    const path = this.#pathOf(file.folder);
    if (!isSource(file.name) || path === undefined) return;
    const { package: name, names } = parseStringVariables(text);
    this.declared.push(...names.map((variable) => `${name === 'main' ? name : path}.${variable}`));
  }
}

/** What a source's recipes set with `-X`, and what it declares that could be. */
export async function readSettable(
  root: string,
  { module, path }: { readonly module: string; readonly path: string },
): Promise<Settable> {
  const found = new SettableVariables((folder) => {
    const below = relative(module, join(root, folder));
    if (below.startsWith('..')) return undefined;
    return below === '' ? path : `${path}/${below}`;
  });
  let count = 0;
  for await (const file of walk(root)) {
    if (!isSource(file.name) && !isRecipe(file)) continue;
    if (count++ > limits.files) break;
    const name = join(root, file.folder, file.name);
    const { size } = await stat(name);
    if (size <= limits.bytes) found.add(file, await readFile(name, 'utf8'));
  }
  return found;
}
