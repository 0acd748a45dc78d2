import { GofleetError } from '@gofleet/base/errors';
import { type HashedFile, hashFiles } from '../dirhash.ts';

/** A file of an installed toolchain: its path below the GOROOT and the sha256 of its content in hexadecimal. */
export interface ToolchainFile {
  readonly path: string;
  readonly sha256: string;
}

/** The list as `sha256sum` writes it, sorted by path. */
export function renderFileList(files: readonly ToolchainFile[]): string {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  return sorted.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('');
}

const line = /^([0-9a-f]{64}) {2}(.+)$/;

/**
 * The files of a list.
 * @throws `resolve.malformed-file-list`
 */
export function parseFileList(text: string): ToolchainFile[] {
  return text
    .split('\n')
    .filter((row) => row !== '')
    .map((row) => {
      const [, sha256, path] = line.exec(row) ?? [];
      if (sha256 !== undefined && path !== undefined) return { path, sha256 };
      throw new GofleetError(
        'resolve.malformed-file-list',
        `expected a sha256 and a path, found "${row.slice(0, 80)}"`,
      );
    });
}

const goMod = /(?:^|\/)go\.mod$/;

/** The path under which a module zip holds a `go.mod`: modules may not contain modules. */
export function moduleZipPath(path: string): string {
  return goMod.test(path) ? path.replace(/go\.mod$/, '_go.mod') : path;
}

/**
 * The files of the toolchain module among those of an installed one, by their names in the module's zip. Beside each `_go.mod` lies
 * the `go.mod` that was made from it, which the zip does not have.
 * @param moduleVersion - `v0.0.1-go1.26.8.linux-amd64`
 */
export function moduleFiles(files: readonly ToolchainFile[], moduleVersion: string): HashedFile[] {
  const paths = new Set(files.map(({ path }) => path));
  return files
    .filter(({ path }) => !goMod.test(path) || !paths.has(moduleZipPath(path)))
    .map(({ path, sha256 }) => ({ name: `golang.org/toolchain@${moduleVersion}/${path}`, sha256 }));
}

const distributed = /^(?:api|doc|misc|test)\//;
const builtTools = /^pkg\/tool\/([^/]+)\/([^/]+)$/;
const tools = new Set(['asm', 'cgo', 'compile', 'cover', 'fix', 'link', 'preprofile', 'vet']);
const leftOut =
  /^(?:\.git\/|\.github\/|\.gitattributes$|\.gitignore$|VERSION\.cache$|src\/cmd\/dist\/dist(?:\.exe)?$)|(?:^|\/)\.DS_Store$|\.exe~$/;

/** Whether a file of a GOROOT is in the module of its release. @see Go cmd/distpack/pack.go (go1.26) */
function isInModule(path: string, osArch: string): boolean {
  if (distributed.test(path) || leftOut.test(path)) return false;
  if (path.startsWith('bin/')) return /^bin\/(?:go|gofmt)(?:\.exe)?$/.test(path);
  if (!path.startsWith('pkg/') || path.startsWith('pkg/include/')) return true;
  const [, folder, tool = ''] = builtTools.exec(path) ?? [];
  return folder === osArch && tools.has(tool.replace(/\.exe$/, ''));
}

/**
 * The `h1:` that the toolchain module of a release has if a GOROOT holds that release unchanged: the module is made of its files
 * by rule. From Go 1.21 on releases are reproducible, so a GOROOT from an archive has the sum that the database knows.
 */
export function hashAsModule(
  files: readonly ToolchainFile[],
  { moduleVersion, os, arch }: { readonly moduleVersion: string; readonly os: string; readonly arch: string },
): string {
  const kept = files.filter(({ path }) => isInModule(path, `${os}_${arch}`));
  const renamed = kept.map(({ path, sha256 }) => ({ path: moduleZipPath(path), sha256 }));
  return hashFiles(moduleFiles(renamed, moduleVersion));
}

/** Whether a file of a toolchain is executable; module zips do not say. @see Go cmd/go/internal/toolchain/select.go Exec (go1.26) */
export function isExecutable(path: string): boolean {
  return (
    path.startsWith('bin/') ||
    path.startsWith('pkg/tool/') ||
    /^lib\/(?:.*\/)?go_[^/]+_[^/]+_exec$/.test(path)
  );
}
