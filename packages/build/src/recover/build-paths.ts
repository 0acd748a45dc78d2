import type { GoModule } from '@gofleet/identify/binary-facts';
import { targetInTree } from '../go-build-step.ts';
import type { RelinkOriginal } from '../relink-original.ts';

/** The directories that an original was built in, as far as its file names them; absent under `-trimpath`. */
export interface BuildPaths {
  readonly goRoot?: string;
  readonly modCache?: string;
  /** Folder of the main module. */
  readonly module?: string;
}

const runtimeFile = '/src/runtime/proc.go';

/** The module cache's spelling of a path, for file systems that do not tell cases apart. @see golang.org/x/mod/module EscapePath */
const escapePath = (path: string): string => path.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);

/** The directory that has all of a dependency's files below `path@version`. */
function modCacheOf(names: readonly string[], deps: readonly GoModule[]): string | undefined {
  for (const dep of deps) {
    const { path, version, sum } = dep.replace ?? dep;
    const inside = `/${escapePath(path)}@${escapePath(version)}/`;
    const name = sum === undefined ? undefined : names.find((file) => file.includes(inside));
    if (name !== undefined) return name.slice(0, name.indexOf(inside));
  }
  return undefined;
}

/** The main package's folder is the shortest that ends as its import path does below the module's. */
function moduleOf(names: readonly string[], target: string): string | undefined {
  const below = target === '.' ? '' : target.slice(1);
  const folders = new Set(names.map((name) => name.slice(0, name.lastIndexOf('/'))));
  const [shortest] = [...folders]
    .filter((folder) => folder.endsWith(below))
    .sort((a, b) => a.length - b.length);
  return shortest?.slice(0, shortest.length - below.length);
}

const isUsable = (path: string | undefined): path is string => path !== undefined && /^\/[^/]/.test(path);

/**
 * Where an original was built, from the names of its source files.
 * @see Go cmd/link/internal/ld/pcln.go generateFilenameTabs (go1.26)
 */
export function findBuildPaths(original: RelinkOriginal, sourceNames: Iterable<string>): BuildPaths {
  if (original.settings['-trimpath'] === 'true') return {};
  const names = [...sourceNames].filter((name) => name.startsWith('/'));
  const goRoot = names.find((name) => name.endsWith(runtimeFile))?.slice(0, -runtimeFile.length);
  const modCache = modCacheOf(names, original.deps);
  const others = names.filter(
    (name) => ![goRoot, modCache].some((path) => path !== undefined && name.startsWith(`${path}/`)),
  );
  const target = targetInTree(original);
  const module = target.startsWith('.') ? moduleOf(others, target) : undefined;
  return {
    ...(isUsable(goRoot) ? { goRoot } : {}),
    ...(isUsable(modCache) ? { modCache } : {}),
    ...(isUsable(module) ? { module } : {}),
  };
}
