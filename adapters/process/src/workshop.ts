import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type GoRun, runGo } from './go-command.ts';
import type { ProgramEnd } from './run-program.ts';

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
  /** For each run of the `go` command. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/** One run in the workshop. */
export interface ShopRun {
  /** The run's own directory in the workshop; made when it is not there. */
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where the command is started; default its own directory. */
  readonly directory?: string;
}

/** A run of the `go` command with directories of its own. */
export async function goRunOf(shop: Workshop, { name, argv, env = {}, directory }: ShopRun): Promise<GoRun> {
  const work = join(shop.work, name);
  for (const folder of ['home', 'tmp', 'gopath', 'root'])
    await mkdir(join(work, folder), { recursive: true });
  const { go, modCache, buildCache, timeoutMs, signal, onLine } = shop;
  for (const folder of [modCache, buildCache]) await mkdir(folder, { recursive: true });
  return {
    ...{ go, argv, timeoutMs, env: { ...shop.env, ...env }, dirs: { modCache, buildCache, work } },
    ...(directory === undefined ? {} : { directory }),
    ...(signal === undefined ? {} : { signal }),
    ...(onLine === undefined ? {} : { onLine }),
  };
}

/** Runs the `go` command in the workshop to its end. */
export async function runInShop(shop: Workshop, run: ShopRun): Promise<ProgramEnd> {
  return runGo(await goRunOf(shop, run));
}
