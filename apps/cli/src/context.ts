import { GofleetError, isGofleetError, toGofleetError } from '@gofleet/base/errors';
import { exitCode } from '@gofleet/base/exit-code';
import type { Command } from 'commander';
import { createProgress, type Progress } from './progress.ts';
import { renderError } from './render-error.ts';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** What a command is given besides its own arguments. */
export interface Context {
  readonly json: boolean;
  readonly verbose: boolean;
  /** Speaks on standard error; silent with `--json` when standard error is no terminal. */
  readonly progress: Progress;
  /** Aborted by the first Ctrl-C; the second one ends the process. */
  readonly signal: AbortSignal;
  /** Prints the result: the value as JSON with `--json`, else the text that `render` makes of it. */
  print<T>(value: T, render: (value: T) => string): void;
}

function abortOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

function createContext(command: Command): Context {
  const { json = false, verbose = false } = command.optsWithGlobals<GlobalOptions>();
  return {
    json,
    verbose,
    progress: createProgress({ quiet: json && !process.stderr.isTTY }),
    signal: abortOnInterrupt(),
    print: (value, render) =>
      process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${render(value)}\n`),
  };
}

/** What ended a command; whatever an abort makes libraries throw, it was the interrupt. */
function errorOf(thrown: unknown, { signal }: Context): GofleetError {
  if (!signal.aborted || isGofleetError(thrown)) return toGofleetError(thrown);
  return new GofleetError('cli.interrupted', 'interrupted', { retry: 'later', cause: thrown });
}

/** The exit code that a command answers with: 0 ok, 1 findings. */
export type ActionResult = number | undefined;

/**
 * A commander action with the error boundary around it: errors are rendered on standard error (as JSON with `--json`) and end
 * with their documented exit code.
 */
export function action<A extends unknown[]>(
  run: (context: Context, ...args: A) => Promise<ActionResult>,
): (this: Command, ...args: A) => Promise<void> {
  return async function (this: Command, ...args: A): Promise<void> {
    const context = createContext(this);
    try {
      process.exitCode = (await run(context, ...args)) ?? exitCode.ok;
    } catch (thrown) {
      process.exitCode = renderError(errorOf(thrown, context), context);
    } finally {
      context.progress.stop();
    }
  };
}
