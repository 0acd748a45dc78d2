import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import type { InstalledToolchain } from '@gofleet/filesystem/toolchain-store';

/** The environment in which a toolchain's commands run: first in PATH, no other GOROOT, and `go` never switches to another release. */
export function toolchainEnv(
  { dir }: InstalledToolchain,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return {
    ...env,
    GOROOT: undefined,
    GOTOOLCHAIN: 'local',
    PATH: [join(dir, 'bin'), env.PATH ?? ''].filter(Boolean).join(delimiter),
  };
}

/**
 * Runs a program with a toolchain, in the terminal of this process; returns its exit code, 128 and more when a signal ended it.
 * @throws `cli.cannot-start`
 */
export function execToolchain(installed: InstalledToolchain, argv: readonly string[]): Promise<number> {
  const [program = '', ...args] = argv;
  const env = toolchainEnv(installed, process.env);
  return new Promise((resolve, reject) => {
    // Ctrl-C reaches the child by itself, it is in the same process group; a signal sent to this process alone is passed on.
    const child = spawn(program, args, { env, stdio: 'inherit' });
    const pass = (): void => void child.kill('SIGTERM');
    process.once('SIGTERM', pass);
    child.once('error', (cause) => {
      reject(
        new GofleetError('cli.cannot-start', `${program} cannot be started: ${cause.message}`, {
          facts: { program },
          cause,
        }),
      );
    });
    child.once('exit', (code, signal) => {
      process.removeListener('SIGTERM', pass);
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']);
    });
  });
}
