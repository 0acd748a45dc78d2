import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { decidingFileNames } from '@gofleet/declare/version-files';
import { rememberAnswer } from '@gofleet/filesystem/remember-answer';
import { type AnswerConditions, renderTarget } from '@gofleet/resolve/shim/render-answer';
import { describeProblem } from './describe-problem.ts';
import { refreshShims } from './install-shims.ts';
import { findNextGo } from './next-go.ts';
import { type GoAnswer, resolveGo } from './resolve-go.ts';

/** What a shim asks. */
export interface ShimQuestion {
  readonly dir: string;
  /** The folder of the shim that asks. */
  readonly shims: string;
  /** Where the shim will look for the answer. */
  readonly entry: string;
  /** The deciding files as the shim found them, and the deciding variables as it joined them. */
  readonly found: string;
  readonly context: string;
}

/** The deciding files from a directory up, in the order of the shim's own walk. */
function walk(directory: string): string[] {
  const parts = directory === '/' ? [''] : directory.split('/');
  const directories = parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
  return directories
    .flatMap((folder) => decidingFileNames.map((name) => `${folder}/${name}`))
    .filter((path) => existsSync(path));
}

/** Whether a shim's own walk looks for a file. */
function isWalked(path: string, directory: string): boolean {
  const slash = path.lastIndexOf('/');
  const names: readonly string[] = decidingFileNames;
  return names.includes(path.slice(slash + 1)) && `${directory}/`.startsWith(path.slice(0, slash + 1));
}

/** What of PATH must stay; a `go` of another version manager in it may stand for any, so then all of it must. */
function pathCondition({ path }: GoAnswer, shims: string): AnswerConditions['path'] {
  const whole = process.env.PATH ?? '';
  const nextGo = findNextGo(whole, shims);
  if (!path) return undefined;
  return nextGo === path.program ? { nextGo: nextGo ?? '' } : { whole };
}

/** Remembers an answer unless it could not be told when it ceases to hold. */
async function remember(question: ShimQuestion, answer: GoAnswer, startedAtMs: number): Promise<void> {
  const { dir, shims, entry, found, context } = question;
  const { target } = answer;
  const walked = walk(dir);
  if (!target || dir.includes('\n') || found !== walked.map((path) => `${path}\n`).join('')) return;
  const others = answer.watched.filter(({ path }) => !isWalked(path, dir));
  const files = others.filter((file) => file.found).map(({ path }) => path);
  const absent = others.filter((file) => !file.found).map(({ path }) => path);
  const conditions = { found, context, absent, path: pathCondition(answer, shims) };
  await rememberAnswer(entry, {
    target,
    conditions,
    files: [...new Set([...walked, ...files])],
    startedAtMs,
  });
}

/** Installs what is missing by this very program; true when that worked. */
function install(version: string, answer: GoAnswer): boolean {
  const [script = ''] = process.argv.slice(1, 2);
  const goFleetGo = process.env.GOFLEET_GO ?? answer.path?.program;
  const env = goFleetGo ? { ...process.env, GOFLEET_GO: goFleetGo } : process.env;
  const { status } = spawnSync(process.execPath, [script, 'toolchain', 'install', version], {
    stdio: ['ignore', 2, 2],
    env,
  });
  return status === 0;
}

/** The shell code that answers a shim, or one line that says why there is no Go to run. */
export async function answerShim(
  question: ShimQuestion,
): Promise<{ readonly code: string } | { readonly problem: string }> {
  const startedAtMs = Date.now();
  const first = await resolveGo(question.dir);
  const wanted = process.env.GOFLEET_AUTO_INSTALL === '1' ? first.missing : undefined;
  const isInstalled = wanted !== undefined && install(wanted, first);
  const answer = isInstalled ? await resolveGo(question.dir) : first;
  if (!answer.target) return { problem: describeProblem(answer) };
  await remember(question, answer, startedAtMs);
  await refreshShims(question.shims).catch(() => undefined);
  return { code: renderTarget(answer.target) };
}
