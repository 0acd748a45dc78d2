import type { GoModule } from '@gofleet/identify/binary-facts';
import { mainModuleOf, type RelinkOriginal } from '../relink-original.ts';

/** Whether a module's path is one that can be published: its first part is a host's name. @see golang.org/x/mod/module CheckPath */
export const isPublishable = (path: string): boolean => /^[^/]*\./.test(path);

/** The files of the main package at a main module's root, as a build with `-trimpath` names them: `module/main.go`. */
export function wrapperFiles(original: RelinkOriginal, sourceNames: Iterable<string>): string[] {
  const prefix = `${mainModuleOf(original)?.path}/`;
  return [...sourceNames]
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .filter((name) => !name.includes('/'))
    .sort();
}

/** The dependencies that a main module may have been made around: those named like it. */
export function likelyWrapped(original: RelinkOriginal): GoModule[] {
  const name = mainModuleOf(original)?.path.split('/')[0] ?? '';
  return original.deps.filter(
    ({ path, sum, replace }) => sum !== undefined && !replace && path.split('/').includes(name),
  );
}
