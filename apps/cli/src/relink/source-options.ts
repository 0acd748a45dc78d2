import { statSync } from 'node:fs';
import type { RelinkChoices } from '@gofleet/build/relink';
import { type PathKind, parseSource } from '@gofleet/build/source';
import type { Command } from 'commander';

/** Options of the commands that rebuild a program. */
export interface SourceOptions {
  readonly source?: string;
  readonly cgo?: boolean;
}

/** Adds the options that say how a program may be rebuilt. */
export function addSourceOptions(command: Command): Command {
  return command
    .option(
      '--source <source>',
      'where its source is: a directory, a zip file, a git repository (URL[@REVISION]) or MODULE@VERSION',
    )
    .option('--cgo', 'use the C compiler of this machine where the program was built with one');
}

function kindOfPath(path: string): PathKind {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return 'directory';
  return found?.isFile() ? 'file' : undefined;
}

/**
 * The choices that the options stand for.
 * @throws `build.bad-source`
 */
export function choicesOf({ source, cgo = false }: SourceOptions): RelinkChoices {
  return { cgo, ...(source === undefined ? {} : { given: parseSource(source, kindOfPath) }) };
}
