import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { explainGoFailure } from '@gofleet/build/go-failure';
import { mainModuleOf, type RelinkOriginal } from '@gofleet/build/relink';
import { likelyWrapped, renderRequirements, wrapperFiles } from '@gofleet/build/source';
import { runInShop, type Workshop } from '../workshop.ts';
import { anyRelease, cacheFirst, fetchModule } from './fetch-module.ts';
import { walkFolders } from './find-module.ts';
import { languageOf } from './language.ts';

/** What a wrapper is made of. */
interface Wrapper {
  readonly shop: Workshop;
  readonly original: RelinkOriginal;
  /** Where it is made. */
  readonly root: string;
  readonly sourceNames: ReadonlySet<string>;
}

const isMain = (text: string): boolean => /^package main\b/m.test(text);

/** The folder of a module whose main package has just these files. */
async function findMainFolder(directory: string, files: readonly string[]): Promise<string | undefined> {
  for await (const folder of walkFolders(directory)) {
    const names = new Set(await readdir(folder));
    if (!files.every((name) => names.has(name))) continue;
    const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
    if (texts.every(isMain)) return folder;
  }
  return undefined;
}

/** The folder's files: sources, and what they may embed. */
async function copyFiles(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (entry.isFile() && !/^go\.(?:mod|sum|work)/.test(entry.name))
      await copyFile(join(from, entry.name), join(to, entry.name));
  }
}

/** Listing the packages that are built writes their modules' checksums, each checked against the checksum database. */
async function writeGoMod({ shop, original, root }: Wrapper, language: string): Promise<void> {
  const { os, arch, settings } = original;
  const path = mainModuleOf(original)?.path ?? '';
  await writeFile(join(root, 'go.mod'), renderRequirements(original, path, { language }));
  const target = { GOOS: os, GOARCH: arch, CGO_ENABLED: '0' };
  const env = { ...cacheFirst(shop), ...anyRelease, ...target, GOFLAGS: '-mod=mod' };
  const argv = ['list', '-deps', `-tags=${settings['-tags'] ?? ''}`, '.'];
  const { exitCode, stderr: output } = await runInShop(shop, {
    name: 'fetch',
    what: 'asking for the checksums of the dependencies',
    argv,
    env,
    directory: root,
  });
  if (exitCode !== 0) throw explainGoFailure({ goVersion: 'go', package: path, output, exitCode });
}

/**
 * Makes a main module again that nobody published: one that a release tool made around a dependency, with a copy of its main package
 * and a go.mod that requires what the original records.
 * @throws `build.source-gone` when no dependency has such a main package, the codes of `fetchModule`
 */
export async function stageWrapper(wrapper: Wrapper): Promise<void> {
  const { shop, original, root, sourceNames } = wrapper;
  const files = wrapperFiles(original, sourceNames);
  for (const { path, version } of likelyWrapped(original)) {
    const { directory } = await fetchModule(shop, path, version);
    const folder = files.length === 0 ? undefined : await findMainFolder(directory, files);
    if (folder === undefined) continue;
    await copyFiles(folder, root);
    return writeGoMod(wrapper, await languageOf(original, directory));
  }
  const path = mainModuleOf(original)?.path;
  throw new GofleetError(
    'build.source-gone',
    `the main module ${path} is published nowhere, and no dependency has a main package of ${files.join(', ') || 'its files'}`,
    { facts: { module: path, files: files.join(', ') } },
  );
}
