import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explainGoFailure } from '@gofleet/build/go-failure';
import { mainModuleOf, type OwnRelease, type RelinkOriginal } from '@gofleet/build/relink';
import { runInShop } from '../workshop.ts';
import { cacheFirst } from './fetch-module.ts';
import type { WorkTree, WorkTreeChoice } from './work-tree.ts';

/** The Go version of the other module: nothing recorded of old behaviours means the release's own; else the main module's. */
async function languageOf({ settings }: RelinkOriginal, own: OwnRelease, directory: string): Promise<string> {
  if (settings.DefaultGODEBUG === undefined) return own.release.replace(/^go/, '');
  const goMod = await readFile(join(directory, 'go.mod'), 'utf8').catch(() => '');
  return /^go\s+(\S+)/m.exec(goMod)?.[1] ?? '1.16';
}

/** A go.mod that requires exactly what an original records. */
function renderGoMod(original: RelinkOriginal, language: string): string {
  const main = mainModuleOf(original);
  const modules = [...(main ? [main] : []), ...original.deps];
  const required = modules.map(({ path, version }) => `\t${path} ${version}`);
  const replaced = original.deps.flatMap(({ path, replace }) =>
    replace ? [`replace ${path} => ${replace.path} ${replace.version}`] : [],
  );
  const lines = ['module gofleet.invalid/build', '', `go ${language}`, '', 'require (', ...required, ')'];
  return `${[...lines, ...replaced].join('\n')}\n`;
}

/**
 * A module that requires the one that an original was built from, at the recorded versions. What release tools build from the
 * module proxy is built so: other settings than those of `go install path@version` follow from the other module's go.mod.
 * @throws the codes of `explainGoFailure`
 * @see https://goreleaser.com/customization/verifiable_builds/
 */
export async function makeDependencyTree(
  directory: string,
  own: OwnRelease,
  { shop, original, name }: WorkTreeChoice,
): Promise<WorkTree> {
  const root = join(shop.work, name);
  await mkdir(root, { recursive: true });
  await writeFile(join(root, 'go.mod'), renderGoMod(original, await languageOf(original, own, directory)));
  const argv = ['get', `${original.package}@${mainModuleOf(original)?.version}`];
  const env = { ...cacheFirst(shop), GOTOOLCHAIN: own.release, GOFLAGS: '-mod=mod' };
  const { exitCode, stderr } = await runInShop(shop, { name: 'fetch', argv, env, directory: root });
  if (exitCode !== 0) {
    const failure = { goVersion: own.release, package: original.package, output: stderr, exitCode };
    throw explainGoFailure(failure);
  }
  const build = { targets: [original.package], vcs: false, vendored: false, workspace: false };
  return { root, module: root, build };
}
