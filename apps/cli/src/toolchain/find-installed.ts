import { exactGoVersion } from '@gofleet/base/go-constraint';
import { type GoVersion, renderGoVersion, requireGoRelease } from '@gofleet/base/go-version';
import { readToolchainRecord, toolchainDir } from '@gofleet/filesystem/toolchain-store';
import type { Platform } from '@gofleet/resolve/platform';
import { parseToolchainWish, type ToolchainWish } from '@gofleet/resolve/toolchain/wish';
import type { Installed } from './install-toolchain.ts';

/** The one release that a wish names by its full version; `undefined` when somebody has to be asked. */
export function exactRelease(wish: ToolchainWish): GoVersion | undefined {
  const exact = wish.kind === 'constraint' ? exactGoVersion(wish.constraint) : undefined;
  return exact && requireGoRelease(renderGoVersion(exact));
}

/** Exact releases that are all there already: nobody has to be asked, no `go` command started. `undefined` when one may be missing. */
export async function findInstalled(
  versions: readonly string[],
  platform: Platform,
): Promise<Installed[] | undefined> {
  const found: Installed[] = [];
  for (const text of versions) {
    const exact = exactRelease(parseToolchainWish(text));
    const dir = exact && toolchainDir(renderGoVersion(exact), platform);
    const record = dir === undefined ? undefined : await readToolchainRecord(dir);
    if (dir === undefined || !record) return undefined;
    found.push({ dir, record, already: true });
  }
  return found.length === 0 ? undefined : found;
}
