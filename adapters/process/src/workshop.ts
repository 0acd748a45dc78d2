import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import type { BuildLimits } from '@gofleet/build/build-limits';
import { type GoRun, goProgram } from './go-command.ts';
import { type ProgramEnd, type ProgramRun, runProgram } from './run-program.ts';

/** What building takes, the same for all builds of a relink. */
export interface Workshop {
  /** Path of a `go` program of 1.21 or newer; it fetches the releases that are named. */
  readonly go: string;
  readonly modCache: string;
  readonly buildCache: string;
  /** The directory of this relink; the caller removes it. */
  readonly work: string;
  /** Where modules come from: GOPROXY, GOSUMDB and the like. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: BuildLimits;
  /** The original's own release: modules may need it, or a newer one, to be looked at. */
  readonly release?: string;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/** One run in the workshop. */
export interface ShopRun {
  /** The run's own directory in the workshop; made when it is not there. */
  readonly name: string;
  /** In words, for messages: `fetching example.com/module@v1.0.0`. */
  readonly what: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where the command is started; default its own directory. */
  readonly directory?: string;
}

/** A run of the `go` command with directories of its own. */
export async function goRunOf(
  shop: Workshop,
  { name, argv, env = {}, directory }: Omit<ShopRun, 'what'>,
): Promise<GoRun> {
  const work = join(shop.work, name);
  for (const folder of ['home', 'tmp', 'gopath', 'root'])
    await mkdir(join(work, folder), { recursive: true });
  const { go, modCache, buildCache, limits, signal, onLine } = shop;
  for (const folder of [modCache, buildCache]) await mkdir(folder, { recursive: true });
  return {
    ...{ go, argv, timeoutMs: limits.timeMs },
    ...{ env: { ...shop.env, ...env }, dirs: { modCache, buildCache, work } },
    ...(directory === undefined ? {} : { directory }),
    ...(signal === undefined ? {} : { signal }),
    ...(onLine === undefined ? {} : { onLine }),
  };
}

/**
 * Runs a program of the workshop to its end.
 * @throws `build.timeout`, `process.aborted`, `process.cannot-start`
 */
export async function runUntilTimeout(what: string, program: ProgramRun): Promise<ProgramEnd> {
  try {
    return await runProgram(program);
  } catch (thrown) {
    if (!isGofleetError(thrown) || thrown.code !== 'process.timeout') throw thrown;
    const { facts, message } = thrown;
    throw new GofleetError('build.timeout', `${what}: ${message}`, {
      ...{ facts, retry: 'later', cause: thrown },
      hint: 'allow it more with --limit-time',
    });
  }
}

/**
 * Runs the `go` command in the workshop to its end.
 * @throws `build.timeout`, `process.aborted`, `process.cannot-start`
 */
export async function runInShop(shop: Workshop, run: ShopRun): Promise<ProgramEnd> {
  return runUntilTimeout(run.what, goProgram(await goRunOf(shop, run)));
}
