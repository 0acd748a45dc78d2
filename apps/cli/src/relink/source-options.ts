import { statSync } from 'node:fs';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import type { RelinkChoices } from '@gofleet/build/relink';
import { type PathKind, parseSource } from '@gofleet/build/source';
import { inspectFileSync } from '@gofleet/filesystem/inspect-file';
import type { Command } from 'commander';

/** Options of the commands that rebuild a program. */
export interface SourceOptions {
  readonly source?: string;
  readonly image?: string;
  readonly cgo?: boolean;
  readonly runOriginal?: boolean;
}

/** Adds the options that say how a program may be rebuilt. */
export function addSourceOptions(command: Command): Command {
  return command
    .option(
      '--source <source>',
      'where its source is: a directory, a zip file, a git repository (URL[@REVISION]) or MODULE@VERSION',
    )
    .option(
      '--image <image>',
      'image that it comes from: an archive, whose labels name version and commit; relink alone also docker://… or an OCI layout',
    )
    .option('--cgo', 'use the C compiler of this machine where the program was built with one')
    .option(
      '--run-original',
      'run the program in a sandbox without a network for what it prints of its version, where its file does not tell',
    );
}

function kindOfPath(path: string): PathKind {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return 'directory';
  return found?.isFile() ? 'file' : undefined;
}

/**
 * Labels of the image in an archive that holds a program.
 * @throws `cli.not-in-image`, and what `inspectArchive` throws
 */
async function labelsOf(archive: string, program: string): Promise<Readonly<Record<string, string>>> {
  const { inspectArchive } = await import('@gofleet/oci/inspect-archive');
  const { buildId, buildInfo } = inspectFileSync(program);
  const finds = (await inspectArchive(archive)) ?? [];
  const find = finds.find(
    ({ found }) =>
      !isGofleetError(found) && found.buildId === buildId && found.buildInfo?.text === buildInfo?.text,
  );
  if (find?.image) return find.image.labels;
  throw new GofleetError('cli.not-in-image', `${archive} is no image that holds ${program}`, {
    facts: { image: archive, path: program },
  });
}

/**
 * The choices that the options stand for.
 * @throws `build.bad-source`, `cli.not-in-image`
 */
export async function choicesOf(
  { source, image, cgo = false, runOriginal = false }: SourceOptions,
  program: string,
): Promise<RelinkChoices> {
  return {
    ...{ cgo, runOriginal },
    ...(source === undefined ? {} : { given: parseSource(source, kindOfPath) }),
    ...(image === undefined ? {} : { labels: await labelsOf(image, program) }),
  };
}
