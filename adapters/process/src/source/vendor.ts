import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { explainGoFailure } from '@gofleet/build/go-failure';
import type { OwnRelease } from '@gofleet/build/relink';
import { runInShop, type ShopRun, type Workshop } from '../workshop.ts';
import { cacheFirst } from './fetch-module.ts';

/** Whether a vendor directory is whole: module zips leave out its folders, and keep files. */
async function isWhole(directory: string): Promise<boolean> {
  const entries: string[] = await readdir(directory).catch(() => []);
  return entries.includes('modules.txt') && entries.length > 1;
}

/**
 * The run that makes a vendor directory. A workspace's has what any package of its members needs; those that were stood in for have
 * none, and what the program lacks then, its build tells.
 */
function vendorRun(module: string, goWork: string | undefined): Pick<ShopRun, 'argv' | 'directory' | 'env'> {
  return goWork === undefined
    ? { argv: ['mod', 'vendor'], directory: module }
    : { argv: ['work', 'vendor', '-e'], directory: dirname(goWork), env: { GOWORK: goWork } };
}

/**
 * Makes the vendor directory that an original had: not part of module zips, and made from go.mod or go.work as its author made it.
 * One that is whole is kept.
 * @param goWork - the go.work of the workspace that it was vendored as; absent for a single module
 * @throws the codes of `explainGoFailure`
 */
export async function vendor(
  shop: Workshop,
  { module, goWork }: { readonly module: string; readonly goWork: string | undefined },
  own: OwnRelease | undefined,
): Promise<void> {
  const { env, ...run } = vendorRun(module, goWork);
  const directory = join(run.directory ?? module, 'vendor');
  if (await isWhole(directory)) return;
  await rm(directory, { recursive: true, force: true });
  const release = own === undefined ? {} : { GOTOOLCHAIN: own.release };
  const { exitCode, stderr } = await runInShop(shop, {
    ...{ name: 'fetch', what: 'making the vendor directory' },
    ...run,
    env: { ...cacheFirst(shop), ...release, ...env },
  });
  if (exitCode === 0) return;
  throw explainGoFailure({
    goVersion: own?.release ?? 'go',
    package: basename(module),
    output: stderr,
    exitCode,
  });
}
