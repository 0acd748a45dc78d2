import { delimiter } from 'node:path';
import { type ProgramEnd, type ProgramRun, runProgram } from './run-program.ts';

/** Directories that the `go` command may use; it gets no others. */
export interface GoDirs {
  /** GOMODCACHE: modules and toolchains, kept between runs. */
  readonly modCache: string;
  /** GOCACHE: compiled packages, kept between runs. */
  readonly buildCache: string;
  /** HOME, GOPATH and TMPDIR of this run lie in here; the caller removes it. */
  readonly work: string;
}

/** One run of the `go` command. */
export interface GoRun {
  /** Path of the `go` program; GOTOOLCHAIN in `env` makes it fetch and start the release that is wanted. */
  readonly go: string;
  readonly argv: readonly string[];
  readonly dirs: GoDirs;
  /** Where modules come from: GOPROXY, GOSUMDB, GONOSUMDB, GOPRIVATE …; and what the recipe sets. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the command is started; default `dirs.work`. */
  readonly directory?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/** Where compilers are looked for. The user's own PATH may hold wrappers named like toolchains, which `go` would start. */
const systemPath = ['/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);

/**
 * Keeps the `go` command (1.23 and later) from leaving a process behind that writes reports into HOME after the command has ended.
 * `GOTELEMETRY` can only be read, and a mode file would have to be written into every new HOME.
 * @see golang.org/x/telemetry, start.go: 2 means started by a child already, nothing to do
 */
export const noTelemetryChild = { GO_TELEMETRY_CHILD: '2' } as const;

/** A whole environment for the `go` command that inherits nothing: no GOFLAGS, GOROOT, go.work or env file of the user. */
export function goEnvironment({ dirs, env }: Pick<GoRun, 'dirs' | 'env'>): Record<string, string> {
  return {
    PATH: systemPath,
    LC_ALL: 'C',
    HOME: `${dirs.work}/home`,
    TMPDIR: `${dirs.work}/tmp`,
    GOPATH: `${dirs.work}/gopath`,
    GOMODCACHE: dirs.modCache,
    GOCACHE: dirs.buildCache,
    GOENV: 'off',
    GOFLAGS: '',
    GOWORK: 'off',
    ...noTelemetryChild,
    GIT_TERMINAL_PROMPT: '0',
    ...env,
  };
}

/** A run of the `go` command as a run of a program, in a clean environment. */
export function goProgram(run: GoRun): ProgramRun {
  return {
    program: run.go,
    argv: run.argv,
    env: goEnvironment(run),
    directory: run.directory ?? run.dirs.work,
    timeoutMs: run.timeoutMs,
    ...(run.signal === undefined ? {} : { signal: run.signal }),
    ...(run.onLine === undefined ? {} : { onLine: run.onLine }),
  };
}

/**
 * Runs the `go` command in a clean environment. Ends when it does, whatever its exit code.
 * @throws `process.cannot-start`, `process.timeout`, `process.aborted`
 */
export function runGo(run: GoRun): Promise<ProgramEnd> {
  return runProgram(goProgram(run));
}
