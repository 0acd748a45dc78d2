import { exitCode } from '@gofleet/base/exit-code';
import { renderBytes } from '@gofleet/base/units';
import type { Command } from 'commander';
import { action, type Context } from '../../context.ts';
import { type OnPlatform, platformOption, versionHelp } from './options.ts';

/** Adds `gofleet toolchain bundle`. */
export function register(toolchain: Command): void {
  toolchain
    .command('bundle')
    .description(
      'write releases and the proofs of their checksums into one file, for machines without a network',
    )
    .argument('<version...>', versionHelp)
    .requiredOption('-o, --output <file>', 'the file')
    .addOption(platformOption())
    .action(
      action(
        async (
          context: Context,
          versions: string[],
          { output, platform }: OnPlatform & { output: string },
        ) => {
          const [{ writeBundle }, { chooseReleases, listRemote }, { findUpstreams }, { InstallProgress }] =
            await Promise.all([
              import('../../toolchain/bundle.ts'),
              import('../../toolchain/choose-releases.ts'),
              import('../../toolchain/upstreams.ts'),
              import('../../toolchain/install-progress.ts'),
            ]);
          const { signal } = context;
          const upstreams = await findUpstreams({ signal });
          const releases = await chooseReleases(versions, () => listRemote(upstreams, platform, signal));
          const progress = new InstallProgress(context.progress, 'bundle');
          const bundle = await writeBundle({ releases, platform, output, upstreams, progress, signal });
          context.progress.stop();
          context.print(
            bundle,
            ({ path, sizeBytes, toolchains }) =>
              `${path}: ${toolchains.join(' ')} (${renderBytes(sizeBytes)})`,
          );
          return exitCode.ok;
        },
      ),
    );
}
