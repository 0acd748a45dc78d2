import { exitCode } from '@gofleet/base/exit-code';
import type { Command } from 'commander';
import { action, type Context } from '../../context.ts';
import { type OnPlatform, platformOption, versionHelp } from './options.ts';

/** Adds `gofleet toolchain uninstall`. */
export function register(toolchain: Command): void {
  toolchain
    .command('uninstall')
    .description('remove installed releases; what runs out of them goes on')
    .argument('<version...>', versionHelp)
    .addOption(platformOption())
    .action(
      action(async (context: Context, versions: string[], { platform }: OnPlatform) => {
        const [{ requireInstalled }, { removeToolchain }] = await Promise.all([
          import('../../toolchain/choose-releases.ts'),
          import('@gofleet/filesystem/publish-toolchain'),
        ]);
        const found = await Promise.all(versions.map((version) => requireInstalled(version, platform)));
        const dirs = [...new Set(found.map(({ dir }) => dir))];
        for (const dir of dirs) await removeToolchain(dir);
        context.print({ removed: dirs }, ({ removed }) => removed.map((dir) => `removed ${dir}`).join('\n'));
        return exitCode.ok;
      }),
    );
}
