import { exitCode } from '@gofleet/base/exit-code';
import { listInstalledToolchains } from '@gofleet/filesystem/toolchain-store';
import type { Command } from 'commander';
import { action, type Context } from '../../context.ts';
import { type OnPlatform, platformOption, versionHelp } from './options.ts';

/** Adds `gofleet toolchain verify`. */
export function register(toolchain: Command): void {
  toolchain
    .command('verify')
    .description(
      'read installed releases again, file by file, and have the checksum database confirm them; ends with 1 on findings',
    )
    .argument('[version...]', `default all; ${versionHelp}`)
    .addOption(platformOption())
    .action(
      action(async (context: Context, versions: string[], { platform }: OnPlatform) => {
        const [{ requireInstalled }, { verifyToolchain }, { findUpstreams }, { renderVerified }] =
          await Promise.all([
            import('../../toolchain/choose-releases.ts'),
            import('../../toolchain/verify-toolchain.ts'),
            import('../../toolchain/upstreams.ts'),
            import('../../toolchain/render-toolchains.ts'),
          ]);
        const named = await Promise.all(versions.map((version) => requireInstalled(version, platform)));
        const toolchains = versions.length === 0 ? await listInstalledToolchains() : named;
        const upstreams = await findUpstreams({ signal: context.signal });
        const verified = [];
        for (const installed of toolchains)
          verified.push(await verifyToolchain(installed, upstreams, context));
        context.progress.stop();
        context.print(verified, renderVerified);
        return verified.some(({ findings }) => findings.length > 0) ? exitCode.findings : exitCode.ok;
      }),
    );
}
