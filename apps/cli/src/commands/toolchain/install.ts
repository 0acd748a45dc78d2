import { GofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import type { Command } from 'commander';
import { action, type Context } from '../../context.ts';
import { findInstalled } from '../../toolchain/find-installed.ts';
import type { InstallManyRequest } from '../../toolchain/install-many.ts';
import type { Installed } from '../../toolchain/install-toolchain.ts';
import { renderInstalls } from '../../toolchain/render-toolchains.ts';
import { type FromIndex, indexOption, type OnPlatform, platformOption, versionHelp } from './options.ts';

/** Installing loads much; what is there already needs none of it. */
async function loadAndInstall(request: InstallManyRequest, context: Context): Promise<Installed[]> {
  const { installMany } = await import('../../toolchain/install-many.ts');
  return installMany(request, context);
}

/** Adds `gofleet toolchain install`. */
export function register(toolchain: Command): void {
  toolchain
    .command('install')
    .description('fetch, verify and install releases; what is there already is left alone')
    .argument('[version...]', versionHelp)
    .option('--from <bundle>', 'from a file that "gofleet toolchain bundle" made, without a network')
    .addOption(platformOption())
    .addOption(indexOption())
    .action(
      action(
        async (context: Context, versions: string[], options: OnPlatform & FromIndex & { from?: string }) => {
          if (versions.length === 0 && options.from === undefined) {
            throw new GofleetError(
              'cli.usage',
              'toolchain install: expected a version or --from, found neither',
            );
          }
          const there = await findInstalled(versions, options.platform);
          const installs = there ?? (await loadAndInstall({ versions, ...options }, context));
          context.progress.stop();
          context.print(installs, renderInstalls);
          return exitCode.ok;
        },
      ),
    );
}
