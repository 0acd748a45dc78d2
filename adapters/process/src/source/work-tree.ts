import { access, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import {
  mainModuleOf,
  namedFiles,
  type OwnRelease,
  type RelinkOriginal,
  type TreeBuild,
  targetInTree,
} from '@gofleet/build/relink';
import { isStamped, liesBelowRepository, renderSource, vcsFactsOf } from '@gofleet/build/source';
import type { Workshop } from '../workshop.ts';
import { findModule } from './find-module.ts';
import { findMainFiles, type MainFiles } from './main-files.ts';
import { completeNestedModules, findGoWork } from './nested-modules.ts';
import { replayVcs } from './replay-vcs.ts';
import { stageSource, type TreeSource } from './stage-source.ts';
import { vendor } from './vendor.ts';

/** A source laid out as the original's was, ready to be built in. */
export interface WorkTree {
  /** What the repository's root was. */
  readonly root: string;
  /** Folder of the main module. */
  readonly module: string;
  /** Where that was, when the files of the main package tell. */
  readonly recorded?: string;
  readonly build: TreeBuild;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Build info gives dependencies of a vendor directory no checksum, and modules of a workspace no version. */
function layoutOf(original: RelinkOriginal): { vendored: boolean; workspace: boolean } {
  const deps = original.deps.filter((dep) => dep !== mainModuleOf(original));
  const remote = deps.filter(({ version, replace }) => (replace ?? { version }).version !== '(devel)');
  return {
    vendored: remote.some((dep) => (dep.replace ?? dep).sum === undefined),
    workspace: deps.some(({ version, replace }) => version === '(devel)' && replace === undefined),
  };
}

/** The profile that an original was built with, looked for by its name: only that is recorded under `-trimpath`. */
async function profileOf(
  { settings }: RelinkOriginal,
  module: string,
  target: string,
): Promise<string | undefined> {
  const name = basename(settings['-pgo'] ?? '');
  const folder = target.endsWith('.go') ? dirname(target) : target;
  const isDefaultThere = await exists(join(module, folder, 'default.pgo'));
  if (name === '') return isDefaultThere ? 'off' : undefined;
  if (name === 'default.pgo' && isDefaultThere) return undefined;
  const files = await readdir(module, { recursive: true });
  return files.find((path) => basename(path) === name);
}

/** The `go` command stamps nothing in a repository whose root is no module; the zip of a nested one does not have the root's. */
async function completeRoot(root: string, original: RelinkOriginal, directory: string): Promise<void> {
  const { main } = original;
  if (!main || directory === '' || !isStamped(original) || (await exists(join(root, 'go.mod')))) return;
  const path = main.path.replace(/\/v\d+$/, '').slice(0, -directory.length - 1);
  await writeFile(join(root, 'go.mod'), `module ${path}\n`);
}

/** What is built: the main package's folder, or the files that it was given as. */
async function targetsOf(
  original: RelinkOriginal,
  module: string,
  names: ReadonlySet<string>,
): Promise<MainFiles> {
  if (original.package !== namedFiles) return { files: [targetInTree(original)] };
  const found = await findMainFiles(module, names);
  if (found) return { ...found, files: found.files.map((file) => `./${file}`) };
  throw new GofleetError('build.wrong-source', 'it is not the source: it holds no main package', {
    facts: { module: mainModuleOf(original)?.path },
  });
}

/** A source on the disk: what the repository's root was, and the folder of the main module. */
interface Layout {
  readonly root: string;
  readonly module: string;
}

/** The main module one folder deeper, when the original's repository had no module at its root. */
async function lowerModule({ root, module }: Layout, original: RelinkOriginal): Promise<Layout> {
  if (root !== module || !liesBelowRepository(original)) return { root, module };
  const repository = `${root}-repository`;
  await mkdir(repository);
  await rename(root, join(repository, 'module'));
  return { root: repository, module: join(repository, 'module') };
}

async function stageLayout(
  source: TreeSource,
  { shop, original, name, sourceNames }: WorkTreeChoice,
): Promise<Layout> {
  const root = await stageSource(source, { shop, original, sourceNames, root: join(shop.work, name) });
  const path = mainModuleOf(original)?.path ?? '';
  const module = await findModule(root, path);
  if (module === undefined) {
    const message = `${renderSource(source)} is not the source: it holds no go.mod of ${path}`;
    throw new GofleetError('build.wrong-source', message, {
      facts: { source: renderSource(source), module: path },
    });
  }
  if (source.kind === 'module') await completeNestedModules({ source, root, module }, { shop, original });
  return lowerModule({ root, module }, original);
}

/** What a work tree is made for. */
export interface WorkTreeChoice {
  readonly shop: Workshop;
  readonly original: RelinkOriginal;
  readonly own: OwnRelease | undefined;
  /** The tree's directory in the workshop. */
  readonly name: string;
  /** Names of source files that the executable holds. */
  readonly sourceNames: ReadonlySet<string>;
}

/**
 * Stages a source as a work tree: the main module found, vendored as the original was, its VCS facts shown again.
 * @throws what `stageSource` and `replayVcs` throw, `build.wrong-source`
 */
export async function makeWorkTree(source: TreeSource, choice: WorkTreeChoice): Promise<WorkTree> {
  const { shop, original, own, sourceNames } = choice;
  const { root, module } = await stageLayout(source, choice);
  const layout = layoutOf(original);
  if (layout.vendored) {
    const goWork = layout.workspace ? await findGoWork({ root, module }) : undefined;
    await vendor(shop, { module, goWork }, own);
  }
  const [facts, directory] = [vcsFactsOf(original), relative(root, module)];
  if (facts) {
    await completeRoot(root, original, directory);
    await replayVcs({
      root,
      facts,
      directory,
      ...(shop.signal === undefined ? {} : { signal: shop.signal }),
    });
  }
  const { files, recorded } = await targetsOf(original, module, sourceNames);
  const pgo = await profileOf(original, module, files[0] ?? '.');
  const build = {
    targets: files,
    vcs: facts !== undefined,
    ...layout,
    ...(pgo === undefined ? {} : { pgo }),
  };
  return { root, module, build, ...(recorded === undefined ? {} : { recorded }) };
}
