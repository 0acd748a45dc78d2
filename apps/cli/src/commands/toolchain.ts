import type { Command } from 'commander';
import { type CommandModule, loadAsked } from '../load-asked.ts';

/** Every sub-command by name, in the order that help lists them. */
const loaders: Readonly<Record<string, () => Promise<CommandModule>>> = {
  list: () => import('./toolchain/list.ts'),
  install: () => import('./toolchain/install.ts'),
  uninstall: () => import('./toolchain/uninstall.ts'),
  use: () => import('./toolchain/use.ts'),
  which: () => import('./toolchain/which.ts'),
  exec: () => import('./toolchain/exec.ts'),
  verify: () => import('./toolchain/verify.ts'),
  prune: () => import('./toolchain/prune.ts'),
  import: () => import('./toolchain/import.ts'),
  bundle: () => import('./toolchain/bundle.ts'),
};

/** Adds `gofleet toolchain` with the sub-command that is asked for; with all of them for help and completion. */
export async function register(program: Command, words: readonly string[]): Promise<void> {
  const toolchain = program
    .command('toolchain')
    .description(
      'Go releases on this machine: fetched, verified against the checksum database, kept read-only',
    )
    .enablePositionalOptions();
  await loadAsked(loaders, toolchain, words);
}
