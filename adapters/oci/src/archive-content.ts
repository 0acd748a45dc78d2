import { posix } from 'node:path';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import type { BinaryFacts } from '@gofleet/identify/binary-facts';
import { PathSet } from './path-set.ts';

/** What is of interest in an archive: programs, small JSON texts, archives inside it, and every path with what it takes away below. */
export interface ArchiveContent {
  /** Facts of the programs by absolute path, or why one that looks like a Go program cannot be read. */
  readonly programs: Map<string, BinaryFacts | GofleetError>;
  readonly texts: Map<string, string>;
  readonly archives: Map<string, ArchiveContent | GofleetError>;
  /** Symbolic links: what each leads to. */
  readonly links: Map<string, string>;
  readonly paths: PathSet;
  /** Paths of lower layers that are deleted. */
  readonly whiteouts: string[];
  /** Directories of which nothing of lower layers is left. */
  readonly opaques: string[];
  /** Why the archive could not be read to its end; what came before is there. */
  brokenBy?: GofleetError;
}

/** The content of an archive before anything of it is read. */
export function emptyContent(): ArchiveContent {
  const maps = { programs: new Map(), texts: new Map(), archives: new Map(), links: new Map() };
  return { ...maps, paths: new PathSet(), whiteouts: [], opaques: [] };
}

/** Notes a path, or what it deletes in lower layers. @see OCI image specification, layer.md "Whiteouts" */
export function notePath(path: string, { paths, whiteouts, opaques }: ArchiveContent): void {
  const [name, directory] = [posix.basename(path), posix.dirname(path)];
  if (name === '.wh..wh..opq') opaques.push(directory);
  else if (name.startsWith('.wh.')) whiteouts.push(posix.join(directory, name.slice(4)));
  else paths.add(path);
}

/** Why an archive could not be read to its end: our error as it is, anything else as one. */
export function brokenArchive(cause: unknown): GofleetError {
  if (isGofleetError(cause)) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new GofleetError('oci.broken-archive', `an archive that cannot be read to its end: ${message}`, {
    cause,
  });
}
