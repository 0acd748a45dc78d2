import { resolve } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { compareGoVersions, parseGoVersion } from '@gofleet/base/go-version';
import { readGoVersion } from '@gofleet/filesystem/inspect-goroot';
import { hostPlatform } from '@gofleet/filesystem/toolchain-store';
import type { ShimTarget } from '@gofleet/resolve/shim/render-answer';
import type { Context } from '../context.ts';
import { listRunnableToolchains } from '../shims/started-go.ts';
import { installMany } from '../toolchain/install-many.ts';

/** Where a sandbox gets its releases from. */
export interface ReleaseSources {
  /** GOROOTs. */
  readonly goroots: readonly string[];
  /** Releases to fetch, verify and install first. */
  readonly install: readonly string[];
}

async function atRoot(goRoot: string): Promise<ShimTarget> {
  const version = await readGoVersion(goRoot);
  if (version !== undefined) return { version, goRoot };
  throw new GofleetError('cli.no-goroot', `${goRoot}: expected a Go release, found no VERSION of one`, {
    facts: { goRoot },
  });
}

function compare(a: ShimTarget, b: ShimTarget): number {
  const [first, second] = [parseGoVersion(a.version), parseGoVersion(b.version)];
  return first && second ? compareGoVersions(first, second) : 0;
}

/**
 * The releases that a sandbox offers, oldest first: those named, else all that are installed on this machine.
 * @throws `cli.no-goroot`, `cli.no-go`, and what an installation fails with
 */
export async function findReleases(
  { goroots, install }: ReleaseSources,
  context: Context,
): Promise<ShimTarget[]> {
  const given = await Promise.all(goroots.map((goRoot) => atRoot(resolve(goRoot))));
  const platform = hostPlatform();
  const made = install.length > 0 ? await installMany({ versions: install, platform }, context) : [];
  const named = [...given, ...(await Promise.all(made.map(({ dir }) => atRoot(dir))))];
  const installed = named.length > 0 ? [] : await listRunnableToolchains();
  const all = [...named, ...installed.map(({ goVersion, dir }) => ({ version: goVersion, goRoot: dir }))];
  if (all.length > 0) return all.sort(compare);
  throw new GofleetError('cli.no-go', 'sandbox: there is no Go release to offer', {
    hint: 'name one with --goroot, or let it fetch one with --install',
  });
}
