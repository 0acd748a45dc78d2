/** A module as the module cache names it. */
export interface CachedModule {
  readonly path: string;
  readonly version: string;
}

/** Upper-case letters are written `!` and lower case in the cache. @see golang.org/x/mod/module UnescapePath */
function unescapePath(text: string): string {
  return text.replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

const form = /^(.+)\/@v\/([^/]+)\.ziphash$/;

/** The module that a `.ziphash` below `cache/download` belongs to; `undefined` for another file. */
export function parseZiphashName(name: string): (CachedModule & { readonly directory: string }) | undefined {
  const [, path, version] = form.exec(name) ?? [];
  if (path === undefined || version === undefined) return undefined;
  return { path: unescapePath(path), version: unescapePath(version), directory: `${path}@${version}` };
}

/**
 * The name under which a file of an extracted module was hashed. Toolchains are shipped with `_go.mod` files, which the `go`
 * command renames after it has extracted them.
 * @see Go cmd/go/internal/modfetch unzip (go1.26)
 */
export function hashedName({ path, version }: CachedModule, file: string): string {
  const name = path === 'golang.org/toolchain' ? file.replace(/(^|\/)go\.mod$/, '$1_go.mod') : file;
  return `${path}@${version}/${name}`;
}
