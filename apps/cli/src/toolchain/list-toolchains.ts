import { renderGoVersion } from '@gofleet/base/go-version';
import { listInstalledToolchains, readToolchainRecord } from '@gofleet/filesystem/toolchain-store';
import type { Platform } from '@gofleet/resolve/platform';
import type { ToolchainRecord } from '@gofleet/resolve/toolchain/record';
import { findChecksumBypasses } from '@gofleet/resolve/toolchain/unsafe-bases';
import { listRemote } from './choose-releases.ts';
import { releaseOf } from './install-toolchain.ts';
import type { Upstreams } from './upstreams.ts';

/** A toolchain of this machine, as it is listed. */
export interface ListedToolchain {
  readonly name: string;
  readonly goVersion: string;
  readonly platform: Platform;
  readonly dir: string;
  readonly record?: ToolchainRecord;
  /** CVEs for which its `go` command should not be the one that fetches other releases. */
  readonly checksumBypasses: readonly string[];
}

const bypassesOf = (goVersion: string): string[] =>
  findChecksumBypasses(releaseOf(goVersion)).map(({ cve }) => cve);

/** The installed toolchains, oldest release first. */
export async function listInstalled(): Promise<ListedToolchain[]> {
  return Promise.all(
    (await listInstalledToolchains()).map(async (installed) => {
      const record = await readToolchainRecord(installed.dir);
      const checksumBypasses = bypassesOf(installed.goVersion);
      return { ...installed, ...(record === undefined ? {} : { record }), checksumBypasses };
    }),
  );
}

/** A release that upstreams offer. */
export interface OfferedToolchain {
  readonly goVersion: string;
  readonly installed: boolean;
  readonly checksumBypasses: readonly string[];
}

/** The releases that upstreams offer for a platform, oldest first. @throws `resolve.no-upstream`, those of the proxies */
export async function listOffered(
  upstreams: Upstreams,
  platform: Platform,
  signal: AbortSignal,
): Promise<OfferedToolchain[]> {
  const { os, arch } = platform;
  const installed = new Set(
    (await listInstalledToolchains())
      .filter((it) => it.platform.os === os && it.platform.arch === arch)
      .map(({ goVersion }) => goVersion),
  );
  return (await listRemote(upstreams, platform, signal)).map(renderGoVersion).map((goVersion) => ({
    goVersion,
    installed: installed.has(goVersion),
    checksumBypasses: bypassesOf(goVersion),
  }));
}
