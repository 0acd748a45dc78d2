import { hostPlatform } from '@gofleet/filesystem/toolchain-store';
import type { Command } from 'commander';
import { action, type Context } from '../../context.ts';
import { versionHelp } from './options.ts';

/** Adds `gofleet toolchain exec`. */
export function register(toolchain: Command): void {
  toolchain
    .command('exec')
    .description('run a program with an installed release: gofleet toolchain exec 1.26 -- go test ./...')
    .argument('<version>', versionHelp)
    .argument('<command...>', 'the program and its arguments')
    .passThroughOptions()
    .action(
      action(async (context: Context, version: string, argv: string[]) => {
        const [{ requireInstalled }, { execToolchain }] = await Promise.all([
          import('../../toolchain/choose-releases.ts'),
          import('../../toolchain/exec-toolchain.ts'),
        ]);
        const installed = await requireInstalled(version, hostPlatform());
        context.progress.stop();
        return execToolchain(installed, argv);
      }),
    );
}
