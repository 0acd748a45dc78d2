import { constants } from 'node:fs';
import { chmod, copyFile, rename, rm } from 'node:fs/promises';
import { GofleetError, toGofleetError } from '@gofleet/base/errors';
import { parseGoConstraint } from '@gofleet/base/go-constraint';
import { renderBytes } from '@gofleet/base/units';
import type { Godebug, RelinkResult, ReproductionGrade, SettingChange } from '@gofleet/build/relink';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { action } from '../context.ts';
import { addLimitOptions, type LimitOptions, limitsOf } from '../relink/limit-options.ts';
import { relinkFile } from '../relink/relink-file.ts';
import { renderProof, reproductionGrades } from '../relink/render-proof.ts';
import { addSourceOptions, choicesOf, type SourceOptions } from '../relink/source-options.ts';

interface Options extends SourceOptions, LimitOptions {
  readonly go: string;
  readonly output?: string;
  readonly minimumGrade: ReproductionGrade;
  readonly godebug: Godebug;
}

/** The new Go keeps these behaviours of older ones, since the module's go.mod names an older language version. */
function renderGodebug({ from = '', to = '' }: SettingChange): string {
  const count = (list: string): number => list.split(',').filter(Boolean).length;
  return `DefaultGODEBUG: ${count(to)} settings keep older behaviour, ${count(from)} in the original`;
}

function render({ original, reproduction, artefact }: RelinkResult): string {
  const godebug = artefact.changes.find(({ setting }) => setting === 'DefaultGODEBUG');
  return [
    ...renderProof({ original, reproduction }),
    `artefact   ${artefact.goVersion}  ${renderBytes(artefact.sizeBytes)}  sha256:${artefact.sha256}`,
    ...(godebug ? [`           ${renderGodebug(godebug)}`] : []),
    `           ${artefact.path}`,
  ].join('\n');
}

/** Puts the artefact at a path in one step, so that nobody sees half of it and a running file can be replaced. */
async function writeOutput(source: string, output: string): Promise<void> {
  const temporary = `${output}.gofleet-${process.pid}`;
  try {
    await copyFile(source, temporary, constants.COPYFILE_FICLONE);
    await chmod(temporary, 0o755);
    await rename(temporary, output);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new GofleetError('cli.cannot-write', `${output}: cannot be written: ${(cause as Error).message}`, {
      facts: { path: output },
      cause,
    });
  }
}

function checkConstraint(text: string): string {
  try {
    parseGoConstraint(text);
    return text;
  } catch (thrown) {
    throw new InvalidArgumentError(toGofleetError(thrown).message);
  }
}

/** Adds `gofleet relink`. */
export function register(program: Command): void {
  const command = program
    .command('relink')
    .description(
      'rebuild a program from its own build info with another Go release, after proving that it can be',
    )
    .argument('<binary>', 'a Go program')
    .requiredOption(
      '--go <version>',
      'the release that it shall have: 1.26.8, 1.26, or ">=1.25.3 <1.27"',
      checkConstraint,
    )
    .option('-o, --output <file>', 'copy the new program there')
    .addOption(
      new Option('--minimum-grade <grade>', 'the least evidence that the original was reproduced')
        .choices(reproductionGrades)
        .default('compiled-equal'),
    )
    .addOption(
      new Option(
        '--godebug <behaviours>',
        "behaviours of the main module's Go version, or of the new release",
      )
        .choices(['keep', 'new'])
        .default('keep'),
    );
  addLimitOptions(addSourceOptions(command)).action(
    action(async (context, path: string, options: Options) => {
      const { go, output, minimumGrade, godebug } = options;
      const result = await relinkFile(
        { path, go, minimumGrade, godebug, limits: limitsOf(options), ...(await choicesOf(options, path)) },
        context,
      );
      if (output !== undefined) await writeOutput(result.artefact.path, output);
      context.print(result, render);
      return undefined;
    }),
  );
}
