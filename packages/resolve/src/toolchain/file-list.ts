import { GofleetError } from '@gofleet/base/errors';
import type { GoVersion } from '@gofleet/base/go-version';
import { type HashedFile, hashFiles } from '../dirhash.ts';
import type { Platform } from '../platform.ts';

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

const notInModule = /^(?:api|doc|misc|test)\//;
const builtTool = /^pkg\/tool\/([^/]+)\/([^/]+)$/;
const leftOut =
  /^(?:\.git\/|\.github\/|\.gitattributes$|\.gitignore$|VERSION\.cache$|src\/cmd\/dist\/dist(?:\.exe)?$)|(?:^|\/)\.DS_Store$|\.exe~$/;
const helpers = new Set(['api', 'dist', 'distpack', 'metadata']);
const needed = new Set(['asm', 'cgo', 'compile', 'cover', 'link', 'preprofile', 'vet']);

/** Up to Go 1.24 a release has all tools but its helpers, later only those that builds need; `fix` is one from 1.26 on. */
function hasTool({ major, minor }: GoVersion, tool: string): boolean {
  if (major === 1 && minor < 25) return !helpers.has(tool);
  return needed.has(tool) || (tool === 'fix' && !(major === 1 && minor === 25));
}

/** Whether a release was built reproducibly, and its module made from its files by rule: from Go 1.21 on. */
export function hasReproducibleModule({ major, minor }: GoVersion): boolean {
  return major > 1 || minor >= 21;
}

/** Whether a file of the GOROOT of a release, from Go 1.21 on, is in its module. @see Go cmd/distpack/pack.go (go1.21, go1.25, go1.26) */
export function isInModule(path: string, release: GoVersion, { os, arch }: Platform): boolean {
  if (notInModule.test(path) || leftOut.test(path)) return false;
  if (path.startsWith('bin/')) return /^bin\/(?:go|gofmt)(?:\.exe)?$/.test(path);
  if (!path.startsWith('pkg/') || path.startsWith('pkg/include/')) return true;
  const [, folder, tool = ''] = builtTool.exec(path) ?? [];
  return folder === `${os}_${arch}` && hasTool(release, tool.replace(/\.exe$/, ''));
}

/**
 * The `h1:` of the toolchain module that files of a GOROOT make. From Go 1.21 on releases are reproducible, so those of a GOROOT from an
 * archive make the sum that the database knows. Files that are not in the module are to be left out before. In a GOROOT of Go's own
 * module cache each `_go.mod` has a copy beside it, which counts once.
 */
export function hashAsModule(files: readonly ToolchainFile[], moduleVersion: string): string {
  const sums = new Map(files.map(({ path, sha256 }) => [path, sha256]));
  const once = files.filter(
    ({ path, sha256 }) => !goMod.test(path) || sums.get(moduleZipPath(path)) !== sha256,
  );
  return hashFiles(
    moduleFiles(
      once.map(({ path, sha256 }) => ({ path: moduleZipPath(path), sha256 })),
      moduleVersion,
    ),
  );
}

/** Whether a file of a toolchain is executable; module zips do not say. @see Go cmd/go/internal/toolchain/select.go Exec (go1.26) */
export function isExecutable(path: string): boolean {
  return (
    path.startsWith('bin/') ||
    path.startsWith('pkg/tool/') ||
    /^lib\/(?:.*\/)?go_[^/]+_[^/]+_exec$/.test(path)
  );
}
