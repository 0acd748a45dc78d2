import type { Finding } from '@gofleet/base/finding';
import { findingAt } from '../finding-at.ts';
import { type GoFile, pathIn } from '../go/find-go-files.ts';
import { lookUp } from '../go/look-up.ts';
import type { GoFileContent } from '../go/parse-go-file.ts';
import { compareGover } from '../gover.ts';
import { normalizePath } from '../normalize-path.ts';

/** A workspace and the module that is asked about. */
export interface WorkspaceQuestion {
  /** Of the go.work. */
  readonly path: string;
  readonly work: GoFileContent;
  /** The go.mod above the directory. */
  readonly mod: GoFile | undefined;
  readonly read: (path: string) => string | undefined;
}

/** A go.work without a go line stands for this version. @see Go cmd/go/internal/gover/version.go (go1.26) */
const defaultVersion = '1.18';
/** From this version on Go insists. @see GoStrictVersion, same file */
const strictVersion = '1.21';

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/**
 * What is wrong between a workspace and its modules: a directory without a go.mod, a module that requires a newer Go than the
 * go.work, a module that is not listed.
 * @see Go cmd/go/internal/modload/init.go, loadModFile (go1.26)
 */
export function checkWorkspace({ path, work, mod, read }: WorkspaceQuestion): Finding[] {
  const findings: Finding[] = [];
  const listed = new Set<string>();
  const version = work.go?.value ?? defaultVersion;
  for (const { value, place } of work.uses) {
    const folder = normalizePath(value.startsWith('/') ? value : `${folderOf(path)}/${value}`);
    listed.add(folder);
    const file = pathIn(folder, 'go.mod');
    const text = read(file);
    if (text === undefined) {
      const message = `the workspace lists ${value}, which has no go.mod`;
      findings.push(findingAt(place, { code: 'declare.no-module', severity: 'error', message }));
      continue;
    }
    const line = lookUp(text, file, 'go');
    const isNewer = line && compareGover(line.value, version) > 0 && compareGover(line.value, strictVersion) >= 0;
    if (!isNewer) continue;
    const verb = work.go ? 'lists' : 'implicitly requires';
    const message = `the module requires go >= ${line.value}, but ${path} ${verb} go ${version}`;
    const code = 'declare.workspace-too-old';
    findings.push(findingAt(line.place, { code, severity: 'error', message, hint: 'run: go work use' }));
  }
  if (mod && !listed.has(folderOf(mod.path))) {
    const message = `the module is not in the workspace of ${path}`;
    const place = { file: mod.path, line: 1, column: 1, text: mod.text.split(/\r?\n/, 1)[0] ?? '' };
    const hint = 'run: go work use, or set GOWORK=off';
    findings.push(findingAt(place, { code: 'declare.outside-workspace', severity: 'warning', message, hint }));
  }
  return findings;
}
