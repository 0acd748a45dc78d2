import { type SpawnOptions, spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { GofleetError } from '@gofleet/base/errors';

/** How to run a program to its end. */
export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
  /** Each line of standard error as it comes. */
  onErrorLine?: (line: string) => void;
  /** 0 to 19; higher gives way to others. */
  niceness?: number;
  /** A file descriptor for standard input. */
  stdin?: number;
}

/** What a program did. */
export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program and answers its exit code and output (the last 64 KiB of standard error). */
export function runProgram(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [program = '', ...args] = argv;
  const { cwd, env, signal } = options;
  const spawning: SpawnOptions = {
    stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
    ...(env && { env }),
    ...(signal && { signal, killSignal: 'SIGTERM' }),
  };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, spawning);
    if (options.niceness && child.pid) setPriority(child.pid, options.niceness);
    const out: Buffer[] = [];
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    if (child.stderr) {
      createInterface({ input: child.stderr }).on('line', (line) => {
        stderr = `${stderr}${line}\n`.slice(-65_536);
        options.onErrorLine?.(line);
      });
    }
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      resolve({ code: code ?? (killedBy ? 137 : 1), stdout: Buffer.concat(out).toString(), stderr });
    });
  });
}

/**
 * Runs a program that has to succeed; answers its standard output.
 *
 * @throws GofleetError `lab.program-failed` with the end of what it said
 */
export async function runChecked(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runProgram(argv, options);
  if (code === 0) return stdout;
  const said = (stderr.trim() || stdout.trim()).split('\n').slice(-12).join('\n');
  throw new GofleetError(
    'lab.program-failed',
    `${argv.slice(0, 3).join(' ')}: expected exit code 0, found ${code}: ${said}`,
    {
      facts: { program: argv[0], code },
    },
  );
}
