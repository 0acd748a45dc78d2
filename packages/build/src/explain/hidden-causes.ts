import type { BuildPaths } from '../recover/build-paths.ts';
import type { RelinkOriginal } from '../relink-original.ts';
import type { Difference } from '../relink-result.ts';

/** The parts of a build ID; none when there is none. */
export function segmentsOf(buildId: string): string[] {
  return buildId === '' ? [] : buildId.split('/');
}

const directories = { module: 'work tree', goRoot: 'GOROOT', modCache: 'GOMODCACHE' } as const;

/** Directories that are not the same; unknown ones are told as such. */
function comparePaths({ original, rebuilt }: Readonly<Record<'original' | 'rebuilt', BuildPaths>>): string[] {
  return (['module', 'goRoot', 'modCache'] as const).flatMap((name) => {
    const [had = 'unknown', has = 'unknown'] = [original[name], rebuilt[name]];
    return had === has ? [] : [`${directories[name]} ${had} in the original, ${has} in the rebuild`];
  });
}

function pathCause(
  { settings }: RelinkOriginal,
  paths: Readonly<Record<'original' | 'rebuilt', BuildPaths>> | undefined,
): Difference[] {
  if (settings['-trimpath'] === 'true') return [];
  const told = 'built without -trimpath: directories are part of the compile';
  if (!paths) return [{ cause: 'paths', evidence: told }];
  const changed = comparePaths(paths);
  return changed.length === 0 ? [] : [{ cause: 'paths', evidence: `${told}: ${changed.join('; ')}` }];
}

/** The same is recorded, another thing was compiled. A released module is its checksum's; other sources are candidates. */
function unexplained({ provenance }: RelinkOriginal): Difference {
  return provenance.class === 'released-module'
    ? {
        cause: 'toolchain',
        evidence: 'the same inputs compile to something else: not an official Go release',
      }
    : {
        cause: 'source',
        evidence: 'the source compiles to something else: other files, or not an official Go release',
      };
}

/**
 * Why the bytes differ although what was recorded does not, as far as the build ID's segments tell; at least one cause.
 * @param segments - which of them are equal
 * @param paths - where both were built, when their files tell
 */
export function hiddenCauses(
  original: RelinkOriginal,
  segments: readonly boolean[],
  paths?: Readonly<Record<'original' | 'rebuilt', BuildPaths>>,
): Difference[] {
  const [, compileAction, compileContent] = segments;
  const parts = segmentsOf(original.buildId).length;
  if (parts !== 4) {
    return [
      { cause: 'build-id', evidence: `the build ID has ${parts} segments: it was set by hand or removed` },
    ];
  }
  if (segments.every(Boolean)) {
    return [
      {
        cause: 'changed-afterwards',
        evidence: 'equal build IDs: the file was changed after linking (strip, pack, sign)',
      },
    ];
  }
  if (compileAction && compileContent) {
    return [
      {
        cause: 'link-flags',
        evidence: 'the main package is compiled from the same inputs, the link differs',
      },
    ];
  }
  const { settings } = original;
  if (Object.keys(settings).length === 0) {
    return [{ cause: 'settings', evidence: 'no build settings are recorded: Go did not before 1.18' }];
  }
  const causes: Difference[] = [];
  if (settings['vcs.modified'] === 'true') {
    causes.push({
      cause: 'dirty',
      evidence: 'vcs.modified is true: built with changes that were not committed',
    });
  }
  causes.push(...pathCause(original, paths));
  if (settings['-pgo'] !== undefined) {
    causes.push({
      cause: 'pgo',
      evidence: `built with the profile ${settings['-pgo']}, whose content is not recorded`,
    });
  }
  if (settings.CGO_ENABLED === '1') {
    causes.push({
      cause: 'cgo',
      evidence: 'CGO_ENABLED=1: the C compiler and its headers are part of the build',
    });
  }
  return causes.length > 0 ? causes : [unexplained(original)];
}
