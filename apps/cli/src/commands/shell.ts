import { exitCode } from '@gofleet/base/exit-code';
import { renderShellSetup, type Shell, shells } from '@gofleet/resolve/shim/render-shell-setup';
import { Argument, type Command } from 'commander';
import { action, type Context } from '../context.ts';
import { refreshShims } from '../shims/install-shims.ts';
import { shimFolder } from '../shims/shim-texts.ts';

/** Adds `gofleet shell`. */
export function register(program: Command): void {
  program
    .command('shell')
    .description('print what puts the shims first in PATH: eval "$(gofleet shell bash)"')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .option('--dir <folder>', 'where the shims are, if not in the usual place')
    .action(
      action(async (context: Context, shell: Shell, { dir }: { dir?: string }) => {
        const folder = shimFolder(dir);
        await refreshShims(folder);
        const code = renderShellSetup(shell, folder);
        context.print({ shell, folder, code }, () => code.trimEnd());
        return exitCode.ok;
      }),
    );
}
