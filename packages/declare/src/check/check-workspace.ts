import type { Finding } from '@gofleet/base/finding';
import { findingAt } from '../finding-at.ts';
import type { GoFile } from '../go/find-go-files.ts';
import type { LookedUp } from '../go/look-up.ts';
import type { GoFileContent, Located } from '../go/parse-go-file.ts';
import { compareGover } from '../gover.ts';
import { folderOf, normalizePath, pathIn } from '../paths.ts';
import type { GoFileMemory, Workspace } from './go-file-memory.ts';

/** A go.work without a go line stands for this version. @see Go cmd/go/internal/gover/version.go (go1.26) */
const defaultVersion = '1.18';
/** From this version on Go insists. @see GoStrictVersion, same file */
const strictVersion = '1.21';

/** A module of a workspace must be there and must not require a newer Go than the workspace. */
function checkModule(
  work: GoFile,
  { go }: GoFileContent,
  { use, line }: { use: Located; line: LookedUp | undefined | 'no module' },
): Finding[] {
  if (line === 'no module') {
    const message = `the workspace lists ${use.value}, which has no go.mod`;
    return [findingAt(use.place, { code: 'declare.no-module', severity: 'error', message })];
  }
  const version = go?.value ?? defaultVersion;
  if (!line || compareGover(line.value, version) <= 0 || compareGover(line.value, strictVersion) < 0)
    return [];
  const verb = go ? 'lists' : 'implicitly requires';
  const message = `the module requires go >= ${line.value}, but ${work.path} ${verb} go ${version}`;
  const code = 'declare.workspace-too-old';
  return [findingAt(line.place, { code, severity: 'error', message, hint: 'run: go work use' })];
}

function readWorkspace(work: GoFile, goFiles: GoFileMemory): Workspace {
  const content = goFiles.parse(work, 'go.work');
  const listed = new Set<string>();
  const findings = content.uses.flatMap((use) => {
    const folder = normalizePath(
      use.value.startsWith('/') ? use.value : `${folderOf(work.path)}/${use.value}`,
    );
    listed.add(folder);
    const path = pathIn(folder, 'go.mod');
    const text = goFiles.read(path);
    const line = text === undefined ? 'no module' : goFiles.lines({ path, text }).goLine;
    return checkModule(work, content, { use, line });
  });
  return { listed, findings };
}

/**
 * What is wrong between a workspace and its modules: a directory without a go.mod, a module that requires a newer Go than the
 * go.work, and the module at hand when it is not listed.
 * @see Go cmd/go/internal/modload/init.go, loadModFile (go1.26)
 */
export function checkWorkspace(
  work: GoFile,
  mod: GoFile | undefined,
  goFiles: GoFileMemory,
): readonly Finding[] {
  const { listed, findings } = goFiles.workspace(work.path, () => readWorkspace(work, goFiles));
  if (!mod || listed.has(folderOf(mod.path))) return findings;
  const message = `the module is not in the workspace of ${work.path}`;
  const place = { file: mod.path, line: 1, column: 1, text: mod.text.split(/\r?\n/, 1)[0] ?? '' };
  const hint = 'run: go work use, or set GOWORK=off';
  return [
    ...findings,
    findingAt(place, { code: 'declare.outside-workspace', severity: 'warning', message, hint }),
  ];
}
