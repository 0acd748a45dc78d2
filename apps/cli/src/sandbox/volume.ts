import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { refused } from '@gofleet/build/sandbox/refused';

/** Whether a path is another one or lies below it, by their text. */
export function isInside(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way === '' || (!way.startsWith('../') && way !== '..' && !way.startsWith('/'));
}

function tryRealPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

const tryStat = (path: string): Stats | undefined => statSync(path, { throwIfNoEntry: false });

/** The shared volume: what is in it, links followed, and what is not. */
export class Volume {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  #outside(path: string): Error {
    return refused(path, `it lies outside of ${this.root}`, 'the sandbox sees this volume only');
  }

  /** The real path of something that is there. @throws `build.sandbox-refused` when it is not, or lies outside */
  find(path: string, from: string = this.root): string {
    const asked = resolve(from, path);
    const real = tryRealPath(asked);
    if (real !== undefined && isInside(real, this.root)) return real;
    if (real !== undefined || !isInside(asked, this.root)) throw this.#outside(asked);
    throw refused(asked, 'there is no such file');
  }

  /** The real path of a directory. @throws `build.sandbox-refused` */
  findDirectory(path: string, from?: string): string {
    const found = this.find(path, from);
    if (tryStat(found)?.isDirectory()) return found;
    throw refused(found, 'it is no directory');
  }

  /**
   * Where something is going to be written: a directory that is there, and a name in it. A link that is there by that name would be
   * replaced, so it is refused.
   * @throws `build.sandbox-refused`
   */
  findPlace(path: string, from: string): { readonly directory: string; readonly name: string } {
    const asked = resolve(from, path);
    const name = basename(asked);
    const directory = this.findDirectory(dirname(asked));
    const there = lstatSync(join(directory, name), { throwIfNoEntry: false });
    if (there?.isSymbolicLink()) throw refused(asked, 'a link is there, and outputs replace no links');
    if (there && !there.isFile()) throw refused(asked, 'what is there is no regular file');
    return { directory, name };
  }

  /**
   * The nearest file of a name, from a directory of the volume up to its root.
   * @throws `build.sandbox-refused` when it is a pipe or the like: Go would take that one, and read something else
   */
  findUpwards(name: string, directory: string): string | undefined {
    for (let at = directory; isInside(at, this.root); at = dirname(at)) {
      const path = join(at, name);
      const there = tryStat(path);
      if (there?.isFile()) return path;
      if (there && !there.isDirectory()) throw refused(path, 'it is no regular file');
      if (at === this.root) break;
    }
    return undefined;
  }
}
