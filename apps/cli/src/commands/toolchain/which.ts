import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import type { Command } from 'commander';
import { action, type Context } from '../../context.ts';
import { describeProblem } from '../../shims/describe-problem.ts';
import { resolveGo } from '../../shims/resolve-go.ts';
import { shimFolder } from '../../shims/shim-texts.ts';
import { toolPaths } from '../../shims/tool-paths.ts';
import { workingDirectory } from '../../why/working-directory.ts';

/** Adds `gofleet toolchain which`. */
export function register(toolchain: Command): void {
  toolchain
    .command('which')
    .description('print the path of what a shim runs in a directory; with --json also why')
    .argument('[name]', 'go, gofmt or a binary of go install', 'go')
    .option('--dir <directory>', 'which directory')
    .action(
      action(async (context: Context, name: string, { dir }: { dir?: string }) => {
        const answer = await resolveGo(resolve(workingDirectory(process.env), dir ?? '.'));
        const { target, reason } = answer;
        if (!target) {
          throw new GofleetError('cli.no-go-here', describeProblem(answer), { facts: { ...reason } });
        }
        const path = toolPaths(shimFolder(), target, name).find((candidate) => existsSync(candidate));
        if (path === undefined) {
          throw new GofleetError('cli.no-such-binary', `${target.version} has no binary named ${name}`, {
            facts: { name, version: target.version },
            hint: 'gofleet shims status lists what go install made',
          });
        }
        context.print({ name, path, ...target, reason }, () => path);
        return exitCode.ok;
      }),
    );
}
