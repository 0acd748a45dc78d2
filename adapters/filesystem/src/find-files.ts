import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { GofleetError } from '@gofleet/base/errors';
import { fileError } from './open-file.ts';

/** A file to look at, or a path that could not be followed. */
export interface FoundFile {
  readonly path: string;
  /** Whether the path was given, rather than found in a directory that was. */
  readonly given: boolean;
  readonly problem?: GofleetError;
}

interface Walk {
  /** `dev:ino` of the directories that were gone through. */
  readonly directories: Set<string>;
  /** `dev:ino` of files that a link led to. Two hard links, in contrast, are two finds. */
  readonly linked: Set<string>;
  /** Links in directories, followed after everything else so that a file is found under its own name first. */
  readonly links: string[];
}

const identityOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

function tryStat(path: string): Stats | GofleetError {
  try {
    return statSync(path);
  } catch (thrown) {
    return fileError(path, thrown);
  }
}

function readDirectory(path: string): Dirent[] | GofleetError {
  try {
    return readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (thrown) {
    return fileError(path, thrown);
  }
}

function* walkDirectory(path: string, walk: Walk): Generator<FoundFile> {
  const stat = tryStat(path);
  if (stat instanceof Error) return yield { path, given: false, problem: stat };
  if (walk.directories.has(identityOf(stat))) return;
  walk.directories.add(identityOf(stat));
  const entries = readDirectory(path);
  if (entries instanceof Error) return yield { path, given: false, problem: entries };
  // Joining every name to it anew takes longer than reading the directory.
  const prefix = join(path, '_').slice(0, -1);
  for (const entry of entries) {
    const child = prefix + entry.name;
    if (entry.isDirectory()) yield* walkDirectory(child, walk);
    else if (entry.isSymbolicLink()) walk.links.push(child);
    else if (entry.isFile() && !wasLinked(child, walk)) yield { path: child, given: false };
  }
}

/** Whether a link led to a file before its directory was gone through. */
function wasLinked(path: string, { linked }: Walk): boolean {
  // Asking for every file would take as long as reading it.
  if (linked.size === 0) return false;
  const stat = tryStat(path);
  return !(stat instanceof Error) && linked.has(identityOf(stat));
}

/** Whether the directory that a file really lies in was gone through, which found it there. */
function wasFound(path: string, { directories }: Walk): boolean {
  try {
    return directories.has(identityOf(statSync(dirname(realpathSync(path)))));
  } catch {
    return false;
  }
}

/** What a link leads to, unless it was found already. A link that leads nowhere is nothing to report. */
function* followLink(path: string, walk: Walk): Generator<FoundFile> {
  const stat = tryStat(path);
  if (stat instanceof Error) return;
  if (stat.isDirectory()) return yield* walkDirectory(path, walk);
  if (!stat.isFile() || walk.linked.has(identityOf(stat)) || wasFound(path, walk)) return;
  walk.linked.add(identityOf(stat));
  yield { path, given: false };
}

/**
 * The files that are given and those in the directories that are given, in order of their names. Symbolic links are followed,
 * but nothing is found twice through them; devices, pipes and sockets in directories are passed over; a path that is not there
 * or may not be read comes with its problem.
 */
export function* findFiles(paths: readonly string[]): Generator<FoundFile> {
  const walk: Walk = { directories: new Set(), linked: new Set(), links: [] };
  for (const path of paths) {
    const stat = tryStat(path);
    if (stat instanceof Error) yield { path, given: true, problem: stat };
    else if (stat.isDirectory()) yield* walkDirectory(path, walk);
    else yield { path, given: true };
  }
  // Following a link may find more of them.
  for (let link = walk.links.shift(); link !== undefined; link = walk.links.shift()) {
    yield* followLink(link, walk);
  }
}
