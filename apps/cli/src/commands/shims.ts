import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { forgetTool, listShimmedTools, removeShims } from '@gofleet/filesystem/shim-folder';
import { type Command, Option } from 'commander';
import { action, type Context } from '../context.ts';
import { answerShim, type ShimQuestion } from '../shims/answer-shim.ts';
import { type InstalledShims, installShims } from '../shims/install-shims.ts';
import { readShimStatus, renderShimStatus } from '../shims/shim-status.ts';
import { shimFolder } from '../shims/shim-texts.ts';

interface Placed {
  readonly dir?: string;
}

const dirOption = (): Option =>
  new Option('--dir <folder>', 'where the shims are, if not in the usual place');

const describe = (installed: InstalledShims): string =>
  installed.native ? 'native' : `a script, no native shim before it: ${installed.because}`;

/** What shims have remembered: gone, every shim asks anew. */
const forgetAnswers = (): Promise<void> => rm(join(cacheRoot(), 'shims'), { recursive: true, force: true });

/** Adds `gofleet shims` with its sub-commands. */
export function register(program: Command): void {
  const shims = program
    .command('shims')
    .description('stand-ins for go, gofmt and installed binaries: each runs the Go that its directory wants');
  registerInstall(shims);
  registerUninstall(shims);
  registerStatus(shims);
  registerForget(shims);
  registerResolve(shims);
}

function registerInstall(shims: Command): void {
  shims
    .command('install')
    .description('write the shims; then put them into PATH: eval "$(gofleet shell bash)"')
    .addOption(dirOption())
    .option('--script', 'only the script, also where a C compiler could make native shims')
    .action(
      action(async (context: Context, { dir, script = false }: Placed & { script?: boolean }) => {
        const folder = shimFolder(dir);
        const installed = await installShims(folder, script);
        await forgetAnswers();
        const next = 'next: eval "$(gofleet shell bash)", or zsh; fish: gofleet shell fish | source';
        context.print(
          { folder, ...installed, tools: await listShimmedTools(folder) },
          () => `shims are in ${folder}: ${describe(installed)}\n${next}`,
        );
        return exitCode.ok;
      }),
    );
}

function registerUninstall(shims: Command): void {
  shims
    .command('uninstall')
    .description('remove the shims and what they keep; Go releases and $GOPATH/bin stay')
    .addOption(dirOption())
    .action(
      action(async (context: Context, { dir }: Placed) => {
        const folder = shimFolder(dir);
        const removed = await removeShims(folder);
        await forgetAnswers();
        context.print({ folder, removed }, () => (removed ? `removed ${folder}` : `no shims in ${folder}`));
        return exitCode.ok;
      }),
    );
}

function registerStatus(shims: Command): void {
  shims
    .command('status')
    .description(
      'whether the shims are there, up to date and first in PATH, and which binaries have one; ends with 1 when not',
    )
    .addOption(dirOption())
    .action(
      action(async (context: Context, { dir }: Placed) => {
        const status = await readShimStatus(shimFolder(dir));
        context.print(status, renderShimStatus);
        return status.findings.length === 0 ? exitCode.ok : exitCode.findings;
      }),
    );
}

function registerForget(shims: Command): void {
  shims
    .command('forget')
    .description('remove the shim of an installed binary; the file that go install made stays')
    .argument('<name>', 'its name')
    .addOption(dirOption())
    .action(
      action(async (context: Context, name: string, { dir }: Placed) => {
        const folder = shimFolder(dir);
        await forgetTool(folder, name);
        context.print({ folder, forgotten: name }, () => `${name} has no shim any more`);
        return exitCode.ok;
      }),
    );
}

/** What a shim calls when nothing is known yet. Its output is shell code, and whatever goes wrong takes one line. */
function registerResolve(shims: Command): void {
  shims
    .command('resolve', { hidden: true })
    .requiredOption('--dir <directory>')
    .requiredOption('--shims <folder>')
    .requiredOption('--entry <path>')
    .requiredOption('--found <files>')
    .requiredOption('--context <values>')
    .action(
      action(async (_context: Context, question: ShimQuestion) => {
        if (!question.dir.startsWith('/')) {
          throw new GofleetError('cli.usage', `--dir: expected an absolute path, found "${question.dir}"`);
        }
        const answer = await answerShim(question);
        if ('code' in answer) process.stdout.write(`${answer.code}\n`);
        else process.stderr.write(`gofleet: ${answer.problem}\n`);
        return 'code' in answer ? exitCode.ok : exitCode.environment;
      }),
    );
}
