import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { explainGoFailure } from '@gofleet/build/go-failure';
import { mainModuleOf, type RelinkOriginal } from '@gofleet/build/relink';
import {
  type NestedModule,
  nestedVersions,
  renderRequirements,
  renderSource,
  replacedModules,
  type SourceSpec,
  workspaceModules,
} from '@gofleet/build/source';
import { runInShop, type Workshop } from '../workshop.ts';
import { copyTree } from './copy-tree.ts';
import { anyRelease, cacheFirst, fetchModule } from './fetch-module.ts';

/** A tree from the zip of a module, which holds none of the modules below it. */
interface PartialTree {
  readonly source: SourceSpec;
  readonly root: string;
  /** Folder of the main module. */
  readonly module: string;
}

interface Completion {
  readonly shop: Workshop;
  readonly original: RelinkOriginal;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The nearest go.work of a folder, up to the tree's root. */
export async function findGoWork({
  root,
  module,
}: Pick<PartialTree, 'root' | 'module'>): Promise<string | undefined> {
  for (let folder = module; folder.startsWith(root); folder = dirname(folder)) {
    if (await exists(join(folder, 'go.work'))) return join(folder, 'go.work');
  }
  return undefined;
}

async function fetchNested(tree: PartialTree, path: string, { shop, original }: Completion): Promise<string> {
  const release = tree.source.kind === 'module' ? tree.source.query : '';
  for (const version of nestedVersions(original, release)) {
    try {
      return (await fetchModule(shop, path, version)).directory;
    } catch (thrown) {
      if (!isGofleetError(thrown) || thrown.code !== 'build.source-gone') throw thrown;
    }
  }
  const main = mainModuleOf(original)?.path;
  const message = `${renderSource(tree.source)} is not the whole source: ${path}, a module of the same repository, cannot be had from the module proxy`;
  throw new GofleetError('build.source-gone', message, { facts: { module: main, missing: path } });
}

/**
 * A member of a workspace that the program has nothing of: it decides which versions are chosen, as the original records them.
 * Their checksums are asked for, since those of its own go.sum are not there.
 */
async function standIn(name: string, folder: string, { shop, original }: Completion): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'go.mod'), renderRequirements(original, `gofleet.invalid/${name}`));
  const env = { ...cacheFirst(shop), ...anyRelease, GOFLAGS: '-mod=mod' };
  const run = {
    name: 'fetch',
    what: 'asking for the checksums of the workspace',
    argv: ['mod', 'download'],
    env,
    directory: folder,
  };
  const { exitCode, stderr: output } = await runInShop(shop, run);
  if (exitCode !== 0)
    throw explainGoFailure({ goVersion: 'go', package: original.package, output, exitCode });
}

async function complete(
  tree: PartialTree,
  { folder, path }: { folder: string; path: string | undefined },
  completion: Completion,
): Promise<void> {
  if (!folder.startsWith(`${tree.root}/`) || (await exists(join(folder, 'go.mod')))) return;
  if (path === undefined) await standIn(relative(tree.root, folder), folder, completion);
  else await copyTree(await fetchNested(tree, path, completion), folder);
}

/**
 * Puts the modules into a tree that its go.work uses and local replacements name: released on their own, at the version of the main
 * module.
 * @throws `build.source-gone`, the codes of `fetchModule`
 */
export async function completeNestedModules(tree: PartialTree, completion: Completion): Promise<void> {
  const { original } = completion;
  const replaced = replacedModules(original).map((nested) => ({ ...nested, base: tree.module }));
  const goWork = await findGoWork(tree);
  const used: (NestedModule & { readonly base: string })[] = goWork
    ? workspaceModules(original, await readFile(goWork, 'utf8')).map((nested) => ({
        ...nested,
        base: dirname(goWork),
      }))
    : [];
  for (const { base, folder, path } of [...replaced, ...used]) {
    await complete(tree, { folder: join(base, folder), path }, completion);
  }
}
