/** A name in a directory. */
export function pathIn(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}

/** The directory itself and those above it; an absolute path without `.`, `..` and a slash at its end. */
export function withParents(directory: string): string[] {
  const found = [directory];
  for (let at = directory; at !== '/'; ) {
    at = at.slice(0, at.lastIndexOf('/')) || '/';
    found.push(at);
  }
  return found;
}

/** The directory that a path is in. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** An absolute path without `.`, `..`, empty parts and a slash at its end; it may be written with them. */
export function normalizePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Whether a normal path is a normal folder or lies in it. */
export function isAtOrBelow(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}
