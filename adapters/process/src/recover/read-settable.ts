import { opendir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import {
  type LinkVariable,
  mayBeRecipe,
  parseRecipePackages,
  parseReleaseRecipe,
  parseStringVariables,
  type Settable,
  variablesOf,
} from '@gofleet/build/relink';
import { modulePathOf } from '../source/find-module.ts';

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

/** Import paths of folders, by the nearest go.mod above. */
class ImportPaths {
  readonly #root: string;
  readonly #ofProgram: (module: string) => boolean;
  readonly #known: Map<string, string | undefined>;

  constructor(root: string, { module, path, isPart }: SettableSource) {
    this.#root = root;
    this.#ofProgram = isPart;
    this.#known = new Map([[relative(root, module), path]]);
  }

  /** `undefined` outside the modules that the program is made of. */
  async of(folder: string): Promise<string | undefined> {
    if (!this.#known.has(folder)) this.#known.set(folder, await this.#find(folder));
    return this.#known.get(folder);
  }

  async #find(folder: string): Promise<string | undefined> {
    const own = await modulePathOf(join(this.#root, folder, 'go.mod'));
    if (own !== undefined) return this.#ofProgram(own) ? own : undefined;
    const above = folder === '' ? undefined : await this.of(dirname(`/${folder}`).slice(1));
    return above === undefined ? undefined : `${above}/${basename(folder)}`;
  }
}

/** Collects what `-X` may have set from one file after the other. */
class SettableVariables {
  readonly #recipes: LinkVariable[] = [];
  readonly #packages: string[] = [];
  readonly #declared: string[] = [];

  /** @param path - the import path of its folder; `undefined` outside the program's modules */
  add(file: SourceFile, text: string, path: string | undefined): void {
    if (isRecipe(file) && text.includes('-X')) {
      this.#recipes.push(...parseReleaseRecipe(text));
      this.#packages.push(...parseRecipePackages(text));
    }
    if (!isSource(file.name) || path === undefined) return;
    const { package: name, names } = parseStringVariables(text);
    this.#declared.push(...names.map((variable) => `${name === 'main' ? name : path}.${variable}`));
  }

  found(): Settable {
    const packages = variablesOf([...new Set(this.#packages)], this.#declared);
    return { recipes: [...this.#recipes, ...packages], declared: this.#declared };
  }
}

/** Whose variables are looked for. */
export interface SettableSource {
  /** Folder of the main module, and its path. */
  readonly module: string;
  readonly path: string;
  /** Whether the program has packages of another module that lies in the tree. */
  readonly isPart: (module: string) => boolean;
}

/** What a source's recipes set with `-X`, and what it declares that could be. */
export async function readSettable(root: string, source: SettableSource): Promise<Settable> {
  const variables = new SettableVariables();
  const paths = new ImportPaths(root, source);
  let count = 0;
  for await (const file of walk(root)) {
    if (!isSource(file.name) && !isRecipe(file)) continue;
    if (count++ > limits.files) break;
    const name = join(root, file.folder, file.name);
    const { size } = await stat(name);
    if (size > limits.bytes) continue;
    variables.add(file, await readFile(name, 'utf8'), await paths.of(file.folder));
  }
  return variables.found();
}
