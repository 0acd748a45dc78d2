import { realpath } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Log } from '@gofleet/base/log';
import type { ArtefactStore } from '@gofleet/build/ports';
import { createRelink, type Relink } from '@gofleet/builder/relink';
import { createArtefactStore } from '@gofleet/filesystem/artefact-store';
import { executableFiles } from '@gofleet/filesystem/inspect-file';
import type { Platform } from '@gofleet/resolve/platform';
import type { LocalGo } from '../local-go.ts';

/** What builds are made for on this machine: pods run Linux. */
export const buildPlatform: Platform = {
  os: 'linux',
  arch: process.arch === 'x64' ? 'amd64' : process.arch,
};

/** The name of this process among workers: no other that lives at the same time has it. */
export const workerName = `${hostname()}-${process.pid}`;

/** Relinks with the Go of this machine, everything kept below one folder. */
export async function makeRelink(
  dir: string,
  go: LocalGo,
  log: Log,
): Promise<{ readonly store: ArtefactStore; readonly relink: Relink }> {
  const store = createArtefactStore({
    dir: join(dir, 'store'),
    onFinding: (finding) => log('warn', finding.message, { finding }),
  });
  const { moduleEnv, goVersion } = go;
  const path = await realpath(go.path);
  const workbench = {
    ...buildPlatform,
    dir,
    store,
    files: executableFiles,
    go: { path, goVersion },
    moduleEnv,
  };
  return { store, relink: createRelink(workbench) };
}
