import type { Finding } from '@gofleet/base/finding';
import type { Declaration, ParsedFile } from '../declaration.ts';
import { pathIn } from '../paths.ts';
import { isDockerfileName, isYamlName, workflowsFolder } from '../version-files.ts';
import { parseDockerfile } from './dockerfile.ts';
import { parseGoRuntimes } from './go-runtime.ts';
import { parseWorkflow } from './workflow.ts';

/** Whether a file with this name may speak of Go besides what decides. */
export function isAroundName(name: string): boolean {
  return isYamlName(name) || isDockerfileName(name);
}

function parserFor(path: string): (text: string, file: string) => ParsedFile {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (!isYamlName(name)) return parseDockerfile;
  return path.endsWith(`/${workflowsFolder}/${name}`) ? parseWorkflow : parseGoRuntimes;
}

/** What the files at these paths, whose names pass {@link isAroundName}, ask for. */
export function parseAround(
  paths: readonly string[],
  read: (path: string) => string | undefined,
): ParsedFile {
  const declarations: Declaration[] = [];
  const findings: Finding[] = [];
  for (const path of paths) {
    const text = read(path);
    if (text === undefined) continue;
    const parsed = parserFor(path)(text, path);
    declarations.push(...parsed.declarations);
    findings.push(...parsed.findings);
  }
  return { declarations, findings };
}

/** The paths in some directories, and of the workflows in the last one, whose names pass {@link isAroundName}. */
export function listAround(
  directories: readonly string[],
  list: (directory: string) => readonly string[],
): string[] {
  const top = directories.at(-1);
  const folders = top === undefined ? [] : [...directories, pathIn(top, workflowsFolder)];
  return folders.flatMap((folder) =>
    list(folder)
      .filter(isAroundName)
      .sort()
      .map((name) => pathIn(folder, name)),
  );
}
