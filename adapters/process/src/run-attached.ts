import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { GofleetError } from '@gofleet/base/errors';

/** A program that takes this process's place at the terminal. */
export interface AttachedRun {
  readonly program: string;
  readonly argv: readonly string[];
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** The terminal itself sends these to every program in the foreground; sent again, the program would get them twice. */
const fromTerminal: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT']);

/**
 * Runs a program on this process's own input and output and passes every signal on. Returns its exit code; 128 and the
 * signal's number when a signal ended it, as shells do.
 * @throws `process.cannot-start`
 */
export function runAttached({ program, argv, env }: AttachedRun): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { env, stdio: 'inherit' });
    const passOn = (signal: NodeJS.Signals): void => {
      if (!(process.stdin.isTTY === true && fromTerminal.has(signal))) child.kill(signal);
    };
    for (const signal of forwarded) process.on(signal, passOn);
    const settle = (): void => {
      for (const signal of forwarded) process.off(signal, passOn);
    };
    child.once('error', (cause: NodeJS.ErrnoException) => {
      settle();
      const why = cause.code === 'ENOENT' ? 'no such program in PATH' : cause.message;
      const message = `${program} cannot be started: ${why}`;
      reject(new GofleetError('process.cannot-start', message, { facts: { program }, cause }));
    });
    child.once('exit', (code, signal) => {
      settle();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
