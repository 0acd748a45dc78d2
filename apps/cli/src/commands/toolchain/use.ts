import { resolve } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import { parseGoConstraint } from '@gofleet/base/go-constraint';
import { renderGoVersion, requireGoRelease } from '@gofleet/base/go-version';
import { findInstalledToolchain } from '@gofleet/filesystem/toolchain-store';
import type { Command } from 'commander';
import { action, type Context } from '../../context.ts';
import { defaultGoFile, writeDefaultGo } from '../../shims/default-go.ts';
import { describeProblem } from '../../shims/describe-problem.ts';
import { type GoAnswer, resolveGo } from '../../shims/resolve-go.ts';
import { writePin } from '../../shims/write-pin.ts';
import { workingDirectory } from '../../why/working-directory.ts';

interface Options {
  readonly dir?: string;
  readonly default?: boolean;
}

/** The newest installed release that the version means: `go1.26.8` of `1.26`. */
async function requireInstalled(version: string): Promise<string> {
  const found = await findInstalledToolchain(parseGoConstraint(version));
  if (found) return found.goVersion;
  throw new GofleetError('cli.not-installed', `Go ${version} is not installed`, {
    facts: { version },
    hint: `gofleet toolchain install ${version}`,
  });
}

/** What runs after the choice, with a line that says so when something else decided. */
function report(context: Context, file: string, wanted: string, answer: GoAnswer): number {
  const { target, reason } = answer;
  const holds = target?.version === wanted;
  context.print({ file, wanted, runs: target, holds, reason }, () => {
    if (holds) return `${file}: ${wanted}`;
    const runs = target ? `${target.version} runs` : describeProblem(answer);
    return `${file}: ${wanted}, but ${runs}: ${reason?.file}:${reason?.line} decides (${reason?.because})`;
  });
  return holds ? exitCode.ok : exitCode.findings;
}

/** Adds `gofleet toolchain use`. */
export function register(toolchain: Command): void {
  toolchain
    .command('use')
    .description(
      'pin an installed release for a directory and those below it (.go-version or .tool-versions); ends with 1 when something else decides',
    )
    .argument('<version>', 'a release or, but for --default, a minor: 1.26.8, 1.26')
    .option('--dir <directory>', 'which directory')
    .option('--default', 'for every directory that asks for none, instead of the first go in PATH')
    .action(
      action(async (context: Context, given: string, options: Options) => {
        const version = given.replace(/^go/, '');
        const wanted = await requireInstalled(version);
        const directory = resolve(workingDirectory(process.env), options.dir ?? '.');
        if (!options.default) {
          return report(context, await writePin(directory, version), wanted, await resolveGo(directory));
        }
        await writeDefaultGo(renderGoVersion(requireGoRelease(version)));
        context.print({ file: defaultGoFile(), wanted }, () => `${defaultGoFile()}: ${wanted}`);
        return exitCode.ok;
      }),
    );
}
