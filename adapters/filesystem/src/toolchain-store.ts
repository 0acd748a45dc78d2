import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GoConstraint } from '@gofleet/base/go-constraint';
import { satisfiesGoConstraint } from '@gofleet/base/go-constraint';
import { compareGoVersions, parseGoVersion, renderGoVersion } from '@gofleet/base/go-version';
import { chooseToolchain } from '@gofleet/resolve/choose-toolchain';
import { type Platform, parseToolchainName, platformOfNode, toolchainName } from '@gofleet/resolve/platform';
import type { ToolchainRecord } from '@gofleet/resolve/toolchain/record';
import { cacheRoot } from './cache-root.ts';

/** The record, and the list of files as `sha256sum` writes it, both inside the toolchain's folder: one rename publishes all. */
export const recordFile = '.gofleet.json';
export const filesFile = '.gofleet.files';

/** A toolchain that is there, whole: its folder appears by one rename. */
export interface InstalledToolchain {
  /** `go1.26.8.linux-amd64`, the folder's name. */
  readonly name: string;
  readonly goVersion: string;
  readonly platform: Platform;
  /** The GOROOT: `bin/go`, `VERSION`, … */
  readonly dir: string;
}

/** The platform that this process runs on. */
export function hostPlatform(): Platform {
  return platformOfNode(process);
}

/** The folder that holds a folder per toolchain. */
export function toolchainsRoot(): string {
  return join(cacheRoot(), 'toolchains');
}

/** The GOROOT of a release, whether it is installed or not. @param goVersion - `go1.26.8` */
export function toolchainDir(goVersion: string, platform: Platform = hostPlatform()): string {
  return join(toolchainsRoot(), toolchainName(goVersion, platform));
}

/** The installed toolchains of every platform, oldest release first. */
export async function listInstalledToolchains(
  root: string = toolchainsRoot(),
): Promise<InstalledToolchain[]> {
  const names = await readdir(root).catch(() => []);
  return names
    .flatMap((name) => {
      const parsed = parseToolchainName(name);
      const version = parsed && parseGoVersion(parsed.goVersion);
      return parsed && version ? [{ version, installed: { name, ...parsed, dir: join(root, name) } }] : [];
    })
    .sort(
      (a, b) => compareGoVersions(a.version, b.version) || a.installed.name.localeCompare(b.installed.name),
    )
    .map(({ installed }) => installed);
}

/**
 * The newest installed toolchain that satisfies a constraint, for this machine unless another platform is named; pre-releases
 * only where the constraint names one. `undefined` when there is none.
 */
export async function findInstalledToolchain(
  constraint: GoConstraint,
  platform: Platform = hostPlatform(),
): Promise<InstalledToolchain | undefined> {
  const { os, arch } = platform;
  const here = (await listInstalledToolchains()).filter(
    (it) => it.platform.os === os && it.platform.arch === arch,
  );
  const releases = here.flatMap(({ goVersion }) => parseGoVersion(goVersion) ?? []);
  const chosen = chooseToolchain(constraint, releases);
  if (!chosen || !satisfiesGoConstraint(chosen, constraint)) return undefined;
  return here.find(({ goVersion }) => goVersion === renderGoVersion(chosen));
}

/** What is known of an installed toolchain; `undefined` when its record is missing or damaged. */
export async function readToolchainRecord(dir: string): Promise<ToolchainRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(join(dir, recordFile), 'utf8')) as ToolchainRecord;
    return typeof record.goVersion === 'string' && typeof record.filesSha256 === 'string'
      ? record
      : undefined;
  } catch {
    return undefined;
  }
}
