import { GofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import { renderBytes } from '@gofleet/base/units';
import { hostPlatform, listInstalledToolchains } from '@gofleet/filesystem/toolchain-store';
import type { Platform } from '@gofleet/resolve/platform';
import { type Command, Option } from 'commander';
import { action, type Context } from '../context.ts';
import { parsePlatform } from '../toolchain/parse-platform.ts';

interface OnPlatform {
  readonly platform: Platform;
}

interface FromIndex {
  readonly index?: string;
}

/** Loaded only when such a command runs: help and completion do not need it. */
const loadRender = () => import('../toolchain/render-toolchains.ts');
const loadUpstreams = () => import('../toolchain/upstreams.ts');

const platformOption = (): Option =>
  new Option('--platform <os/arch>', 'for another platform than this one')
    .argParser(parsePlatform)
    .default(hostPlatform(), 'this one');
const indexOption = (): Option =>
  new Option(
    '--index <address>',
    'an index of archives, as the official download list with ?mode=json&include=all; also GOFLEET_GO_INDEX',
  );
const versionHelp = '1.26.8, 1.26, stable, oldstable, 1.27rc1, or ">=1.25.3 <1.27"';

/** Adds `gofleet toolchain` with its sub-commands. */
export function register(program: Command): void {
  const toolchain = program
    .command('toolchain')
    .description(
      'Go releases on this machine: fetched, verified against the checksum database, kept read-only',
    )
    .enablePositionalOptions();
  registerList(toolchain);
  registerInstall(toolchain);
  registerUninstall(toolchain);
  registerExec(toolchain);
  registerVerify(toolchain);
  registerPrune(toolchain);
  registerImport(toolchain);
  registerBundle(toolchain);
}

function registerList(toolchain: Command): void {
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
            import('../toolchain/list-toolchains.ts'),
            loadRender(),
          ]);
          if (!remote) {
            context.print(await listInstalled(), render.renderInstalled);
            return exitCode.ok;
          }
          const { findUpstreams } = await loadUpstreams();
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

function registerInstall(toolchain: Command): void {
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
          const [{ installMany }, { renderInstalls }] = await Promise.all([
            import('../toolchain/install-many.ts'),
            loadRender(),
          ]);
          const installs = await installMany({ versions, ...options }, context);
          context.progress.stop();
          context.print(installs, renderInstalls);
          return exitCode.ok;
        },
      ),
    );
}

function registerUninstall(toolchain: Command): void {
  toolchain
    .command('uninstall')
    .description('remove installed releases; what runs out of them goes on')
    .argument('<version...>', versionHelp)
    .addOption(platformOption())
    .action(
      action(async (context: Context, versions: string[], { platform }: OnPlatform) => {
        const [{ requireInstalled }, { removeToolchain }] = await Promise.all([
          import('../toolchain/choose-releases.ts'),
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

function registerExec(toolchain: Command): void {
  toolchain
    .command('exec')
    .description('run a program with an installed release: gofleet toolchain exec 1.26 -- go test ./...')
    .argument('<version>', versionHelp)
    .argument('<command...>', 'the program and its arguments')
    .passThroughOptions()
    .action(
      action(async (context: Context, version: string, argv: string[]) => {
        const [{ requireInstalled }, { execToolchain }] = await Promise.all([
          import('../toolchain/choose-releases.ts'),
          import('../toolchain/exec-toolchain.ts'),
        ]);
        const installed = await requireInstalled(version, hostPlatform());
        context.progress.stop();
        return execToolchain(installed, argv);
      }),
    );
}

function registerVerify(toolchain: Command): void {
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
            import('../toolchain/choose-releases.ts'),
            import('../toolchain/verify-toolchain.ts'),
            loadUpstreams(),
            loadRender(),
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

function registerPrune(toolchain: Command): void {
  toolchain
    .command('prune')
    .description(
      'remove releases of which a newer one of the same minor is installed, and what killed installs left',
    )
    .option('--dry-run', 'only say what would be removed')
    .action(
      action(async (context: Context, { dryRun = false }: { dryRun?: boolean }) => {
        const [{ pruneToolchains }, { renderPruned }] = await Promise.all([
          import('../toolchain/prune-toolchains.ts'),
          loadRender(),
        ]);
        context.print(await pruneToolchains({ dryRun }), (pruned) => renderPruned(pruned, dryRun));
        return exitCode.ok;
      }),
    );
}

interface ImportOptions {
  readonly from?: string;
  readonly allowUnverified?: boolean;
}

function registerImport(toolchain: Command): void {
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
          import('../toolchain/import-goroot.ts'),
          loadUpstreams(),
          loadRender(),
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

function registerBundle(toolchain: Command): void {
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
              import('../toolchain/bundle.ts'),
              import('../toolchain/choose-releases.ts'),
              loadUpstreams(),
              import('../toolchain/install-progress.ts'),
            ]);
          const { signal } = context;
          const upstreams = await findUpstreams({ signal });
          const releases = await chooseReleases(versions, () => listRemote(upstreams, platform, signal));
          const progress = new InstallProgress(context.progress);
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
