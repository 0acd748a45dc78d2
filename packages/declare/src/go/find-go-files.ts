import { pathIn } from '../paths.ts';
import type { Environment } from '../ports.ts';

/** Where the files of a module and a workspace are looked for. */
export interface GoFileSearch {
  /** The directory and those above it, the directory first. */
  readonly directories: readonly string[];
  /** The value of GOWORK. */
  readonly gowork: string;
  /** GOROOT, which a search for go.work does not leave; `undefined` when it is unknown. */
  readonly goRoot: string | undefined;
  /** os.TempDir: a go.mod there is none. */
  readonly tempDir: string;
  readonly read: (path: string) => string | undefined;
}

/** A go.mod or go.work. */
export interface GoFile {
  readonly path: string;
  readonly text: string;
}

/** The directory for temporary files, as Go finds it. */
export function tempDirOf(env: Environment): string {
  let directory = env.TMPDIR || '/tmp';
  while (directory.length > 1 && directory.endsWith('/')) directory = directory.slice(0, -1);
  return directory;
}

/**
 * The go.work that counts; `undefined` when there is none, it is switched off, or GOWORK names one that is not there.
 * @see Go cmd/go/internal/modload/init.go, FindGoWork and findWorkspaceFile (go1.26)
 */
export function findGoWork({ directories, gowork, goRoot, read }: GoFileSearch): GoFile | undefined {
  if (gowork === 'off') return undefined;
  if (gowork !== '' && gowork !== 'auto') {
    const text = read(gowork);
    return text === undefined ? undefined : { path: gowork, text };
  }
  for (const [index, directory] of directories.entries()) {
    if (index > 0 && directory === goRoot) return undefined;
    const path = pathIn(directory, 'go.work');
    const text = read(path);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}

/**
 * The go.mod of the module that a directory belongs to; `undefined` outside of modules.
 * @see Go cmd/go/internal/modload/init.go, FindGoMod (go1.26)
 */
export function findGoMod({ directories, tempDir, read }: GoFileSearch): GoFile | undefined {
  for (const directory of directories) {
    const path = pathIn(directory, 'go.mod');
    const text = read(path);
    if (text !== undefined) return directory === tempDir ? undefined : { path, text };
  }
  return undefined;
}
