import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { GofleetError } from '@gofleet/base/errors';
import { renderBytes, renderDuration } from '@gofleet/base/units';
import { watchDisk } from '@gofleet/process/watch-disk';
import { measureTree } from './process-tree.ts';
import type { SandboxSettings } from './sandbox-settings.ts';

/** Takes output; what it returns, if anything, is waited for before more is read. */
export type OnOutput = (kind: 'stdout' | 'stderr', bytes: Buffer) => Promise<void> | undefined;

/** A program to run under `confine`. */
export interface ConfinedRun {
  readonly program: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where it is started; a path below `/proc/self/fd` is one of this process. */
  readonly directory: string;
  /** Paths that it may reach, each after a letter: `r`ead, e`x`ecute, `w`rite, `a`ll. */
  readonly paths: readonly string[];
  readonly signal: AbortSignal;
  readonly onOutput: OnOutput;
}

const over = (what: string, option: string): GofleetError =>
  new GofleetError('build.sandbox-over-limit', `stopped: ${what}`, {
    hint: `start the sandbox with more: --limit-${option}`,
  });

/** @see getrlimit(2) */
const resources = { cpu: 0, fileSize: 1, data: 2, core: 4 } as const;

function confineArguments(run: ConfinedRun, { landlock, limits }: SandboxSettings): string[] {
  const values = {
    [resources.cpu]: Math.ceil(limits.cpuMs / 1000),
    [resources.fileSize]: limits.diskBytes,
    [resources.data]: limits.memoryBytes,
    [resources.core]: 0,
  };
  return [
    ...(landlock > 0 ? ['L', ...run.paths] : []),
    ...Object.entries(values).map(([resource, value]) => `l${resource}=${value}`),
    '--',
    run.program,
    ...run.argv,
  ];
}

const lookEveryMs = 250;
const graceMs = 3000;

/** Ends what `confine` runs: it kills all of it and ends itself; should it not, its group is killed. */
function end(pid: number): void {
  const kill = (id: number, signal: NodeJS.Signals): void => {
    try {
      process.kill(id, signal);
    } catch {
      // It is gone.
    }
  };
  kill(pid, 'SIGTERM');
  setTimeout(() => kill(-pid, 'SIGKILL'), graceMs).unref();
}

/** Watches what a run uses; calls back once, with the limit that it broke. */
function watch(
  pid: number,
  { limits, dir }: SandboxSettings,
  onOver: (error: GofleetError) => void,
): () => void {
  const looks = setInterval(() => {
    const { processes, memoryBytes, cpuMs } = measureTree(pid);
    if (processes > limits.processes)
      onOver(over(`it has more than ${limits.processes} processes`, 'processes'));
    if (memoryBytes > limits.memoryBytes)
      onOver(over(`it needs more than ${renderBytes(limits.memoryBytes)} of memory`, 'memory'));
    if (cpuMs > limits.cpuMs)
      onOver(over(`it needs more than ${renderDuration(limits.cpuMs)} of processor time`, 'cpu-time'));
  }, lookEveryMs);
  const timer = setTimeout(
    () => onOver(over(`it took longer than ${renderDuration(limits.timeMs)}`, 'time')),
    limits.timeMs,
  );
  const disk = (): void => onOver(over(`it writes more than ${renderBytes(limits.diskBytes)}`, 'disk'));
  const stopDisk = watchDisk(dir, limits.diskBytes, disk);
  return () => {
    clearInterval(looks);
    clearTimeout(timer);
    stopDisk();
  };
}

/** Hands on what a stream gives, slower when the receiver is slow. */
function handOn(stream: Readable, take: (bytes: Buffer) => Promise<void> | undefined): void {
  stream.on('data', (bytes: Buffer) => {
    const wait = take(bytes);
    if (!wait) return;
    stream.pause();
    wait.then(
      () => stream.resume(),
      () => stream.resume(),
    );
  });
}

/**
 * Runs a program to its end, confined and within the limits, with everything that it starts.
 * @returns its exit code, 128 and the signal's number when one ended it
 * @throws `build.sandbox-over-limit`, `process.aborted`, `process.cannot-start`; nothing runs any more then
 */
export function runConfined(run: ConfinedRun, settings: SandboxSettings): Promise<number> {
  const { signal, onOutput } = run;
  return new Promise((resolve, reject) => {
    let [stop, printed]: [GofleetError | undefined, number] = [undefined, 0];
    const child = spawn(settings.confine, confineArguments(run, settings), {
      ...{ cwd: run.directory, env: run.env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    });
    const { pid } = child;
    const stopWith = (error: GofleetError): void => {
      if (stop || pid === undefined) return;
      stop = error;
      end(pid);
    };
    const abort = (): void => stopWith(new GofleetError('process.aborted', 'cancelled'));
    const unwatch = pid === undefined ? () => undefined : watch(pid, settings, stopWith);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    const limit = settings.limits.outputBytes;
    const take = (kind: 'stdout' | 'stderr') => (bytes: Buffer) => {
      printed += bytes.length;
      if (printed > limit) stopWith(over(`it prints more than ${renderBytes(limit)}`, 'output'));
      return stop ? undefined : onOutput(kind, bytes);
    };
    handOn(child.stdout, take('stdout'));
    handOn(child.stderr, take('stderr'));
    const settle = (): void => {
      unwatch();
      signal.removeEventListener('abort', abort);
    };
    child.once('error', (cause) => {
      settle();
      reject(
        new GofleetError('process.cannot-start', `confine cannot be started: ${cause.message}`, { cause }),
      );
    });
    child.once('close', (code) => {
      settle();
      if (stop) reject(stop);
      else resolve(code ?? 128);
    });
  });
}
