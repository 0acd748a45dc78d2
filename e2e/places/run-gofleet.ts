import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** How a command ended. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const cli = join(import.meta.dirname, '../../apps/cli/src/bin.ts');

/** Runs the command line from its source. */
export function runGofleet(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const options = { env: { ...process.env, ...env }, maxBuffer: 64 << 20 };
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...argv], options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}
