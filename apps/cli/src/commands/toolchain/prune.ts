import { exitCode } from '@gofleet/base/exit-code';
import type { Command } from 'commander';
import { action, type Context } from '../../context.ts';

/** Adds `gofleet toolchain prune`. */
export function register(toolchain: Command): void {
  toolchain
    .command('prune')
    .description(
      'remove releases of which a newer one of the same minor is installed, and what killed installs left',
    )
    .option('--dry-run', 'only say what would be removed')
    .action(
      action(async (context: Context, { dryRun = false }: { dryRun?: boolean }) => {
        const [{ pruneToolchains }, { renderPruned }] = await Promise.all([
          import('../../toolchain/prune-toolchains.ts'),
          import('../../toolchain/render-toolchains.ts'),
        ]);
        context.print(await pruneToolchains({ dryRun }), (pruned) => renderPruned(pruned, dryRun));
        return exitCode.ok;
      }),
    );
}
