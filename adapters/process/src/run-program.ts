import { spawn } from 'node:child_process';
import { GofleetError } from '@gofleet/base/errors';

/** A program to run to its end. */
export interface ProgramRun {
  readonly program: string;
  readonly argv: readonly string[];
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Told each line of standard error as it comes. */
  readonly onLine?: (line: string) => void;
}

/** How a program ended. */
export interface ProgramEnd {
  /** `undefined` when a signal ended it. */
  readonly exitCode: number | undefined;
  /** The beginning and the end of standard output, as much as fits into 64 KiB. */
  readonly stdout: string;
  readonly stderr: string;
}

const maxHead = 48 << 10;
const maxTail = 16 << 10;

/** Text of which only the beginning and the end are kept. */
class BoundedText {
  #head = '';
  #tail = '';
  #dropped = 0;

  add(text: string): void {
    const room = maxHead - this.#head.length;
    this.#head += text.slice(0, Math.max(0, room));
    const tail = this.#tail + text.slice(Math.max(0, room));
    this.#dropped += Math.max(0, tail.length - maxTail);
    this.#tail = tail.slice(-maxTail);
  }

  toString(): string {
    const gap = this.#dropped === 0 ? '' : `\n… ${this.#dropped} characters left out …\n`;
    return `${this.#head}${gap}${this.#tail}`;
  }
}

/** Calls back with each whole line; a line longer than 4 KiB is cut. */
function lineSplitter(onLine: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(0, 4096);
    for (const line of lines) onLine(line);
  };
}

/** Ends a process with everything that it started; the whole group got one signal, so nothing is left to speak of. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (thrown) {
    // The group is gone already.
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

function startFailed(program: string, cause: Error): GofleetError {
  return new GofleetError('process.cannot-start', `${program} cannot be started: ${cause.message}`, {
    facts: { program },
    cause,
  });
}

/**
 * Runs a program in a process group of its own and waits for its end, whatever its exit code.
 * @throws `process.cannot-start`, `process.timeout`, `process.aborted`; the group is killed before
 */
export function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  const { program, timeoutMs, signal } = run;
  return new Promise((resolve, reject) => {
    let stop: GofleetError | undefined;
    const child = spawn(program, run.argv, {
      cwd: run.directory,
      env: run.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const end = (error: GofleetError): void => {
      stop ??= error;
      killGroup(child.pid);
    };
    const abort = (): void => end(new GofleetError('process.aborted', `${program} was interrupted`));
    const timer = setTimeout(() => {
      const message = `${program} ${run.argv[0] ?? ''} ran longer than ${timeoutMs} ms`;
      end(new GofleetError('process.timeout', message, { facts: { program, timeoutMs }, retry: 'later' }));
    }, timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const [stdout, stderr] = [new BoundedText(), new BoundedText()];
    const split = lineSplitter(run.onLine ?? (() => undefined));
    child.stdout.setEncoding('utf8').on('data', (text: string) => stdout.add(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr.add(text);
      split(text);
    });
    child.once('error', (cause) => {
      settle();
      reject(startFailed(program, cause));
    });
    child.once('close', (code) => {
      settle();
      if (stop) reject(stop);
      else resolve({ exitCode: code ?? undefined, stdout: String(stdout), stderr: String(stderr) });
    });
  });
}
