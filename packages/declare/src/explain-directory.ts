import { listAround, parseAround } from './around/find-around.ts';
import { compareAround } from './check/compare-around.ts';
import { GoFileMemory } from './check/go-file-memory.ts';
import type { Resolution } from './declaration.ts';
import { folderOf, withParents } from './paths.ts';
import type { DeclarationFiles } from './ports.ts';
import { type DeclarationInput, resolveDeclaration } from './resolve-declaration.ts';

/** From a directory up to the root of its work tree; without one, up to the directory of the go.mod or go.work that counts. */
function projectDirectories({ directory, considered }: Resolution, files: DeclarationFiles): string[] {
  const all = withParents(directory);
  const root = all.findIndex((one) => files.list(one).includes('.git'));
  if (root >= 0) return all.slice(0, root + 1);
  const line = considered.find(({ source }) => source === 'go.work' || source === 'go.mod');
  return all.slice(
    0,
    Math.max(1, all.indexOf(line === undefined ? directory : folderOf(line.place.file)) + 1),
  );
}

/**
 * Which Go a directory's `go` command is, and what the Dockerfiles, GitHub workflows and `GoRuntime` manifests of its project say
 * beside it. These are held against the choice, and decide nothing; what is watched is what decides.
 */
export function explainDirectory(input: DeclarationInput, files: DeclarationFiles): Resolution {
  const goFiles = new GoFileMemory(files);
  const resolution = resolveDeclaration(input, files);
  const read = (path: string): string | undefined => goFiles.read(path);
  const paths = listAround(projectDirectories(resolution, files), (directory) => files.list(directory));
  const around = parseAround(paths, read);
  const compared = compareAround(around.declarations, resolution, (path) => read(path) !== undefined);
  return {
    ...resolution,
    considered: [...resolution.considered, ...compared.considered],
    findings: [...resolution.findings, ...around.findings, ...compared.findings],
  };
}
