import type { LocalGo } from '@gofleet/declare/ports';
import { findGoInPath } from '@gofleet/filesystem/go-in-path';
import { type InstalledToolchain, toolchainDir } from '@gofleet/filesystem/toolchain-store';
import { defaultGoFile, readDefaultGo } from './default-go.ts';

/** The Go that runs where nothing asks for another. */
export interface StartedGo {
  readonly go: LocalGo | undefined;
  readonly from: 'default' | 'PATH' | 'newest';
  /** The file that says so. */
  readonly file: string | undefined;
}

const asLocal = (goVersion: string, goRoot: string): LocalGo => ({
  goVersion,
  goRoot,
  program: `${goRoot}/bin/go`,
});

/** The default that was chosen, else the next `go` in PATH that is no shim, else the newest release that is installed. */
export async function findStartedGo(installed: readonly InstalledToolchain[]): Promise<StartedGo> {
  const chosen = await readDefaultGo();
  if (chosen) return { go: asLocal(chosen, toolchainDir(chosen)), from: 'default', file: defaultGoFile() };
  const local = findGoInPath(process.env.PATH ?? '');
  if (local) return { go: local, from: 'PATH', file: `${local.goRoot}/VERSION` };
  const newest = installed.at(-1);
  return { go: newest && asLocal(newest.goVersion, newest.dir), from: 'newest', file: undefined };
}
