import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../apps/cli/src/bin.ts', import.meta.url));

/** How `gofleet toolchain …` ended. */
export interface CliEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The code of the error, when it ended with one. */
  readonly error: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests are about
  readonly json: any;
}

/** A command that runs. */
export interface CliRun {
  readonly child: ChildProcess;
  readonly end: Promise<CliEnd>;
}

export interface CliOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly uid?: number;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Starts `gofleet toolchain ARGV --json` with nothing inherited but what is given. */
export function startCli(argv: readonly string[], { env, uid }: CliOptions): CliRun {
  const child = spawn(process.execPath, [cli, '--json', 'toolchain', ...argv], {
    env,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const out = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text) => (out[name] += text));
  const end = new Promise<CliEnd>((resolve) => {
    child.once('close', (code) => {
      const last = parse(out.stderr.trimEnd().split('\n').at(-1) ?? '') as
        | { error?: { code?: string } }
        | undefined;
      resolve({ code, ...out, error: last?.error?.code, json: parse(out.stdout) });
    });
  });
  return { child, end };
}

/** Runs `gofleet toolchain ARGV --json` to its end. */
export function runCli(argv: readonly string[], options: CliOptions): Promise<CliEnd> {
  return startCli(argv, options).end;
}
