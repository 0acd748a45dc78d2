import { mainModuleOf, type RelinkOriginal } from '../relink-original.ts';

/** A module of the main module's repository that its zip does not hold: a module of its own, below it. */
export interface NestedModule {
  /** Folder relative to the file that names it. */
  readonly folder: string;
  /** Absent when the program has nothing of it. */
  readonly path?: string;
}

const use = /^\s*(?:use\s+)?("?)(\.{1,2}(?:\/[^\s"]*)?)\1\s*(?:\/\/.*)?$/;

/** The folders that a go.work uses. @see https://go.dev/ref/mod#go-work-file-use */
export function parseGoWorkUses(text: string): string[] {
  const folders: string[] = [];
  let isUse = false;
  for (const line of text.split('\n')) {
    if (/^\s*use\s*\(/.test(line)) isUse = true;
    else if (/^\s*\)/.test(line)) isUse = false;
    else if (isUse || /^\s*use\s/.test(line)) {
      const [, , folder] = use.exec(line) ?? [];
      if (folder !== undefined) folders.push(folder.replace(/\/$/, ''));
    }
  }
  return folders;
}

const withoutDot = (folder: string): string => folder.replace(/^\.\//, '');

/** Whether a module may lie in a folder: a path ends as the folder does, or the folder as the path. */
const mayLieIn = (path: string, folder: string): boolean =>
  path.endsWith(`/${withoutDot(folder)}`) || `/${withoutDot(folder)}`.endsWith(`/${path}`);

/** The modules of a workspace, with what the original records of them. */
export function workspaceModules({ deps }: RelinkOriginal, goWork: string): NestedModule[] {
  const members = deps.filter(({ version, replace }) => version === '(devel)' && replace === undefined);
  return parseGoWorkUses(goWork).map((folder) => {
    const path = members.find((member) => mayLieIn(member.path, folder))?.path;
    return { folder, ...(path === undefined ? {} : { path }) };
  });
}

/** The modules of a repository that a local `replace` names, as the original records them. */
export function replacedModules({ deps }: RelinkOriginal): NestedModule[] {
  return deps.flatMap(({ path, replace }) =>
    replace && /^\.\.?\//.test(replace.path) ? { folder: replace.path, path } : [],
  );
}

/**
 * What a nested module may be asked for by that is of the same commit as the main module: the same version, or, as Kubernetes tags
 * what it publishes of its tree, v0 in place of v1; the commit, of which a proxy makes a version where there is no tag.
 * @see https://github.com/kubernetes/kubernetes/blob/master/staging/README.md
 */
export function nestedVersions(original: RelinkOriginal, release: string): string[] {
  const recorded = mainModuleOf(original)?.version.replace(/\+(?!incompatible).*$/, '') ?? '';
  const revision = original.settings['vcs.revision'];
  const versions = [release, recorded]
    .filter((version) => /^v\d/.test(version))
    .flatMap((version) => [version, version.replace(/^v1\./, 'v0.')]);
  return [...new Set([...versions, ...(revision === undefined ? [] : [revision])])];
}
