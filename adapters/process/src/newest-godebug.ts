import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { parseGoVersion } from '@gofleet/base/go-version';
import type { Bench, ReadySource } from './build-original.ts';
import { insideOf } from './build-step.ts';

/**
 * A source whose main package asks for the behaviours of a release: a file laid over the tree, which stays as it is.
 * @param name - the build's directory in the workshop
 * @throws `build.godebug-fixed` when the source is a released module, whose files cannot be laid over
 * @see https://go.dev/doc/godebug#default
 */
export async function withNewestGodebug(
  { shop, paths, original }: Bench,
  ready: ReadySource,
  { release, name }: { readonly release: string; readonly name: string },
): Promise<ReadySource> {
  const { tree } = ready;
  const version = parseGoVersion(release);
  if (!tree || !version) {
    throw new GofleetError(
      'build.godebug-fixed',
      `${original.package} is installed by version: its go.mod decides on GODEBUG`,
      {
        facts: { package: original.package, module: original.main?.path },
        hint: 'leave --godebug new out; set GODEBUG in the environment of the process instead',
      },
    );
  }
  const folder = join(shop.work, name);
  const [file, overlay] = [join(folder, 'godebug.go'), join(folder, 'overlay.json')];
  await mkdir(folder, { recursive: true });
  await writeFile(file, `//go:debug default=go${version.major}.${version.minor}\n\npackage main\n`);
  const [first = '.', ...more] = tree.build.targets;
  const isFile = first.endsWith('.go');
  const laid = join(isFile ? dirname(first) : first, 'gofleet_godebug.go');
  await writeFile(overlay, JSON.stringify({ Replace: { [join(insideOf(tree, paths), laid)]: file } }));
  const targets = isFile ? [first, ...more, `./${laid}`] : tree.build.targets;
  return { ...ready, tree: { ...tree, build: { ...tree.build, targets, overlay } } };
}
