import type { Command } from 'commander';
import { registerUse } from './toolchain/use.ts';
import { registerWhich } from './toolchain/which.ts';

/** Adds `gofleet toolchain` with its sub-commands. */
export function register(program: Command): void {
  const toolchain = program.command('toolchain').description('the Go releases of this machine');
  registerUse(toolchain);
  registerWhich(toolchain);
}
