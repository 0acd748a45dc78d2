import { renderGoVersion } from '@gofleet/base/go-version';
import { removeToolchain } from '@gofleet/filesystem/publish-toolchain';
import { sweepStaging } from '@gofleet/filesystem/staging';
import {
  type InstalledToolchain,
  listInstalledToolchains,
  readToolchainRecord,
  toolchainsRoot,
} from '@gofleet/filesystem/toolchain-store';
import { supersededReleases } from '@gofleet/resolve/toolchain/wish';
import { releaseOf } from './install-toolchain.ts';

/** What pruning removed, or would remove. */
export interface Pruned {
  readonly removed: readonly string[];
  readonly freedBytes: number;
  /** What installs had left that were killed. */
  readonly leftovers: readonly string[];
}

function supersededOf(all: readonly InstalledToolchain[]): InstalledToolchain[] {
  const platforms = Map.groupBy(all, ({ platform }) => `${platform.os}-${platform.arch}`);
  return [...platforms.values()].flatMap((here) => {
    const names = new Set(
      supersededReleases(here.map(({ goVersion }) => releaseOf(goVersion))).map(renderGoVersion),
    );
    return here.filter(({ goVersion }) => names.has(goVersion));
  });
}

/** Removes toolchains of which a newer release of the same minor is installed, and what killed installs left. */
export async function pruneToolchains({ dryRun }: { readonly dryRun: boolean }): Promise<Pruned> {
  const superseded = supersededOf(await listInstalledToolchains());
  const records = await Promise.all(superseded.map(({ dir }) => readToolchainRecord(dir)));
  if (!dryRun) for (const { dir } of superseded) await removeToolchain(dir);
  return {
    removed: superseded.map(({ name }) => name),
    freedBytes: records.reduce((sum, record) => sum + (record?.sizeBytes ?? 0), 0),
    leftovers: dryRun ? [] : await sweepStaging(toolchainsRoot()),
  };
}
