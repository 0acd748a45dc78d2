import type { Finding } from '@gofleet/base/finding';
import { isAroundName, parseAround } from './around/find-around.ts';
import { compareAround } from './check/compare-around.ts';
import type { Considered } from './declaration.ts';
import { compareGover } from './gover.ts';
import { pathIn } from './paths.ts';
import type { DeclarationFiles } from './ports.ts';
import { ResolutionMemory } from './resolution-memory.ts';
import { type DeclarationInput, resolveWith, type Unwatched } from './resolve-declaration.ts';
import { workflowsFolder } from './version-files.ts';
import { WatchedReader } from './watched-reader.ts';

/** A work tree that was walked. */
export interface ListedTree {
  readonly files: DeclarationFiles;
  /** The names of the files in each directory. */
  readonly directories: ReadonlyMap<string, readonly string[]>;
}

/** Every module and workspace of a work tree. */
export interface TreeExplanation {
  /** Of each directory with a go.mod or go.work. */
  readonly resolutions: readonly Unwatched[];
  /** What Dockerfiles, workflows and manifests say. */
  readonly compared: readonly Considered[];
  /** Each once. */
  readonly findings: readonly Finding[];
}

/** A finding once, however many modules have it. */
function distinct(findings: readonly Finding[]): Finding[] {
  const keyOf = ({ code, message, facts }: Finding): string =>
    `${code}\n${facts?.file}\n${facts?.line}\n${message}`;
  return [...new Map(findings.map((finding) => [keyOf(finding), finding])).values()];
}

const goLineOf = ({ considered }: Unwatched): string =>
  considered.find(({ what }) => what === 'go line')?.value ?? '';

/** The resolution that asks for the newest Go: what a workflow of the whole tree has to serve. */
function mostDemanding(resolutions: readonly Unwatched[]): Unwatched | undefined {
  return resolutions.reduce<Unwatched | undefined>(
    (best, one) => (best === undefined || compareGover(goLineOf(one), goLineOf(best)) > 0 ? one : best),
    undefined,
  );
}

/**
 * Which Go the `go` command is in every module and workspace of a work tree, and what the Dockerfiles, GitHub workflows and
 * `GoRuntime` manifests in it say beside. A Dockerfile or manifest is held against its own directory, a workflow against the
 * module that asks for the newest Go. Each file is read once.
 */
export function explainTree(
  input: Omit<DeclarationInput, 'directory'>,
  { files, directories }: ListedTree,
): TreeExplanation {
  const memory = new ResolutionMemory(files);
  const resolve = (directory: string): Unwatched =>
    resolveWith({ ...input, directory }, memory, new WatchedReader(files));
  const read = (path: string): string | undefined => memory.goFiles.read(path);
  const resolutions: Unwatched[] = [];
  const around: { readonly directory: string; readonly paths: readonly string[] }[] = [];
  for (const [directory, names] of directories) {
    if (names.includes('go.mod') || names.includes('go.work')) resolutions.push(resolve(directory));
    const paths = names.filter(isAroundName).map((name) => pathIn(directory, name));
    if (paths.length > 0) around.push({ directory, paths });
  }
  const demanding = mostDemanding(resolutions);
  const findings: Finding[] = resolutions.flatMap((one) => one.findings);
  const compared = around.flatMap(({ directory, paths }) => {
    const parsed = parseAround(paths, read);
    findings.push(...parsed.findings);
    if (parsed.declarations.length === 0) return [];
    const against = directory.endsWith(`/${workflowsFolder}`) ? demanding : resolve(directory);
    const comparison = compareAround(parsed.declarations, against, (path) => read(path) !== undefined);
    findings.push(...comparison.findings);
    return comparison.considered;
  });
  return { resolutions, compared, findings: distinct(findings) };
}
