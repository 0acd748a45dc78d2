import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explainGoFailure } from '@gofleet/build/go-failure';
import { mainModuleOf, type OwnRelease } from '@gofleet/build/relink';
import { renderRequirements } from '@gofleet/build/source';
import { runInShop } from '../workshop.ts';
import { cacheFirst } from './fetch-module.ts';
import { languageOf } from './language.ts';
import type { WorkTree, WorkTreeChoice } from './work-tree.ts';

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
  const language = await languageOf(original, directory);
  const goMod = renderRequirements(original, 'gofleet.invalid/build', { language, withMain: true });
  await writeFile(join(root, 'go.mod'), goMod);
  const argv = ['get', `${original.package}@${mainModuleOf(original)?.version}`];
  const env = { ...cacheFirst(shop), GOTOOLCHAIN: own.release, GOFLAGS: '-mod=mod' };
  const { exitCode, stderr } = await runInShop(shop, {
    name: 'fetch',
    what: 'requiring the released module',
    argv,
    env,
    directory: root,
  });
  if (exitCode !== 0) {
    const failure = { goVersion: own.release, package: original.package, output: stderr, exitCode };
    throw explainGoFailure(failure);
  }
  const build = { targets: [original.package], vcs: false, vendored: false, workspace: false };
  return { root, module: root, build };
}
