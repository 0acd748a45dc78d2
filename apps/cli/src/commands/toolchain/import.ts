import { GofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import { type Command, Option } from 'commander';
import { action, type Context } from '../../context.ts';

interface ImportOptions {
  readonly from?: string;
  readonly allowUnverified?: boolean;
}

/** Adds `gofleet toolchain import`. */
export function register(toolchain: Command): void {
  toolchain
    .command('import')
    .description('copy a GOROOT that is there, after comparing it with the checksum database')
    .argument('[dir...]', 'GOROOTs')
    .addOption(
      new Option('--from <manager>', 'all releases of another version manager').choices([
        'asdf',
        'mise',
        'goenv',
        'gvm',
        'sdk',
      ]),
    )
    .option(
      '--allow-unverified',
      'take it although it differs from the release, or nobody knows it; the record says so',
    )
    .action(
      action(async (context: Context, dirs: string[], { from, allowUnverified = false }: ImportOptions) => {
        if (dirs.length === 0 && from === undefined) {
          throw new GofleetError('cli.usage', 'toolchain import: expected a folder or --from, found neither');
        }
        const [{ findGoRoots, importGoRoot }, { findUpstreams }, { renderInstalls }] = await Promise.all([
          import('../../toolchain/import-goroot.ts'),
          import('../../toolchain/upstreams.ts'),
          import('../../toolchain/render-toolchains.ts'),
        ]);
        const upstreams = await findUpstreams({ signal: context.signal });
        const goRoots = [...dirs, ...(from === undefined ? [] : await findGoRoots(from))];
        const installs = [];
        for (const dir of goRoots)
          installs.push(await importGoRoot({ dir, allowUnverified, upstreams }, context));
        context.progress.stop();
        context.print(installs, renderInstalls);
        return exitCode.ok;
      }),
    );
}
