import { exitCode } from '@gofleet/base/exit-code';
import type { Command } from 'commander';
import { action, type Context } from '../../context.ts';
import { type FromIndex, indexOption, type OnPlatform, platformOption } from './options.ts';

/** Adds `gofleet toolchain list`. */
export function register(toolchain: Command): void {
  toolchain
    .command('list')
    .description('what is installed, or with --remote what can be')
    .option('--remote', 'what GOPROXY and the index offer')
    .addOption(platformOption())
    .addOption(indexOption())
    .action(
      action(
        async (
          context: Context,
          { remote, platform, index }: OnPlatform & FromIndex & { remote?: boolean },
        ) => {
          const [{ listInstalled, listOffered }, render] = await Promise.all([
            import('../../toolchain/list-toolchains.ts'),
            import('../../toolchain/render-toolchains.ts'),
          ]);
          if (!remote) {
            context.print(await listInstalled(), render.renderInstalled);
            return exitCode.ok;
          }
          const { findUpstreams } = await import('../../toolchain/upstreams.ts');
          const upstreams = await findUpstreams({
            ...(index === undefined ? {} : { index }),
            signal: context.signal,
          });
          context.print(await listOffered(upstreams, platform, context.signal), render.renderOffered);
          return exitCode.ok;
        },
      ),
    );
}
