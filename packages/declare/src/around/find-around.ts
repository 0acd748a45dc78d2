import type { Finding } from '@gofleet/base/finding';
import type { Declaration, ParsedFile } from '../declaration.ts';
import { pathIn } from '../go/find-go-files.ts';
import { isDockerfileName, isYamlName, workflowsFolder } from '../version-files.ts';
import { parseDockerfile } from './dockerfile.ts';
import { parseGoRuntimes } from './go-runtime.ts';
import { parseWorkflow } from './workflow.ts';

/** How a file that speaks of Go besides the `go` command's own is read; `undefined` for a name that is none. */
export function parserFor(path: string): ((text: string, file: string) => ParsedFile) | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (isDockerfileName(name)) return parseDockerfile;
  if (!isYamlName(name)) return undefined;
  return path.endsWith(`/${workflowsFolder}/${name}`) ? parseWorkflow : parseGoRuntimes;
}

/** What the files at these paths ask for. */
export function parseAround(
  paths: readonly string[],
  read: (path: string) => string | undefined,
): ParsedFile {
  const declarations: Declaration[] = [];
  const findings: Finding[] = [];
  for (const path of paths) {
    const parse = parserFor(path);
    const text = parse && read(path);
    if (!parse || text === undefined) continue;
    const parsed = parse(text, path);
    declarations.push(...parsed.declarations);
    findings.push(...parsed.findings);
  }
  return { declarations, findings };
}

/** The paths in some directories, and of the workflows in the last one, that {@link parserFor} knows. */
export function listAround(
  directories: readonly string[],
  list: (directory: string) => readonly string[],
): string[] {
  const top = directories.at(-1);
  const folders = top === undefined ? [] : [...directories, pathIn(top, workflowsFolder)];
  return folders.flatMap((folder) =>
    list(folder)
      .map((name) => pathIn(folder, name))
      .filter((path) => parserFor(path) !== undefined)
      .sort(),
  );
}
