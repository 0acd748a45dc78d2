import { dirname, join } from 'node:path';
import { refused } from '@gofleet/build/sandbox/refused';
import { listLocalDirectories } from '@gofleet/declare/go/local-directories';
import { declarationFiles } from '@gofleet/filesystem/declaration-files';
import type { Volume } from './volume.ts';

/** What decides where a module's packages come from. */
export interface ModuleFiles {
  /** Value for GOWORK: a path in the volume, or `off`. */
  readonly work: string;
}

/** Requires that every directory that a file leads to lies in the volume; returns those of its `use` lines. */
function checkDirectories(file: string, volume: Volume): string[] {
  const found = volume.find(file);
  return listLocalDirectories(declarationFiles.read(found) ?? '').flatMap(({ directory, verb, line }) => {
    try {
      const real = volume.findDirectory(directory, dirname(found));
      return verb === 'use' ? [real] : [];
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw refused(`${found}:${line}, ${verb} ${directory}`, why);
    }
  });
}

/** The go.work that counts: the one that the caller chose, or the nearest of the volume. */
function findWork(volume: Volume, directory: string, chosen: string | undefined): string | undefined {
  if (chosen === 'off') return undefined;
  return chosen === undefined ? volume.findUpwards('go.work', directory) : volume.find(chosen);
}

/**
 * Finds the module or workspace of a directory in the volume, and requires that it leads nowhere else.
 * @throws `build.sandbox-refused`
 */
export function checkModuleFiles(
  volume: Volume,
  directory: string,
  chosenWork: string | undefined,
): ModuleFiles {
  const work = findWork(volume, directory, chosenWork);
  const module = volume.findUpwards('go.mod', directory);
  if (work === undefined && module === undefined)
    throw refused(directory, `there is no go.mod here or above, up to ${volume.root}`, 'go mod init');
  if (module !== undefined) checkDirectories(module, volume);
  for (const used of work === undefined ? [] : checkDirectories(work, volume)) {
    const each = join(used, 'go.mod');
    if (each !== module && volume.findUpwards('go.mod', used) === each) checkDirectories(each, volume);
  }
  return { work: work === undefined ? 'off' : volume.find(work) };
}
