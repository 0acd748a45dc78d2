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

/** A file of an extracted module, by its name in there and the sha256 of its content. */
export interface ModuleFile {
  readonly name: string;
  readonly sha256: string;
}

/**
 * The files of an extracted module as they were hashed. Toolchains are shipped with `_go.mod` files, which the `go` command
 * copies to `go.mod` after it has extracted them; a copy that differs from its original is kept, and makes the hash another one.
 * @see Go cmd/go/internal/toolchain Exec (go1.26)
 */
export function hashedFiles({ path, version }: CachedModule, files: readonly ModuleFile[]): ModuleFile[] {
  const isToolchain = path === 'golang.org/toolchain';
  const content = new Map(files.map(({ name, sha256 }) => [name, sha256]));
  const isCopy = ({ name, sha256 }: ModuleFile): boolean =>
    /(?:^|\/)go\.mod$/.test(name) && content.get(name.replace(/go\.mod$/, '_go.mod')) === sha256;
  return files
    .filter((file) => !(isToolchain && isCopy(file)))
    .map(({ name, sha256 }) => ({ name: `${path}@${version}/${name}`, sha256 }));
}
