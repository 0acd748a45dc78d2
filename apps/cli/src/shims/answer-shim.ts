import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { decidingFileNames } from '@gofleet/declare/version-files';
import { rememberAnswer } from '@gofleet/filesystem/remember-answer';
import { readShimScript, writeShims } from '@gofleet/filesystem/shim-folder';
import { renderTarget } from '@gofleet/resolve/shim/render-answer';
import { describeProblem } from './describe-problem.ts';
import { type GoAnswer, resolveGo } from './resolve-go.ts';
import { shimScript } from './shim-script.ts';

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

/** Remembers an answer unless it cannot be told when it ceases to hold. */
async function remember(question: ShimQuestion, answer: GoAnswer, startedAtMs: number): Promise<void> {
  const { dir, entry, found, context } = question;
  const walked = walk(dir);
  if (!answer.target || dir.includes('\n') || found !== walked.map((path) => `${path}\n`).join('')) return;
  const names = decidingFileNames.map((name) => `/${name}`);
  const isWalked = (path: string): boolean =>
    names.some((name) => path.endsWith(name)) &&
    `${dir}/`.startsWith(path.slice(0, path.lastIndexOf('/') + 1));
  const others = answer.watched.filter(({ path }) => !isWalked(path));
  await rememberAnswer(entry, {
    target: answer.target,
    conditions: {
      found,
      context,
      absent: others.filter((file) => !file.found).map(({ path }) => path),
      nextGo: answer.nextGo,
    },
    files: [...new Set([...walked, ...others.filter((file) => file.found).map(({ path }) => path)])],
    startedAtMs,
  });
}

/** Installs what is missing by this very program; true when that worked. */
function install(version: string, answer: GoAnswer): boolean {
  const [script = ''] = process.argv.slice(1, 2);
  const goFleetGo = process.env.GOFLEET_GO ?? answer.nextGo;
  const env = goFleetGo ? { ...process.env, GOFLEET_GO: goFleetGo } : process.env;
  const { status } = spawnSync(process.execPath, [script, 'toolchain', 'install', version], {
    stdio: ['ignore', 2, 2],
    env,
  });
  return status === 0;
}

/** A shim of an older gofleet is replaced when it asks. */
async function refresh(folder: string): Promise<void> {
  const script = shimScript(folder);
  if ((await readShimScript(folder)) !== script) await writeShims(folder, script).catch(() => undefined);
}

/** The shell code that answers a shim, or one line that says why there is no Go to run. */
export async function answerShim(
  question: ShimQuestion,
): Promise<{ readonly code: string } | { readonly problem: string }> {
  const startedAtMs = Date.now();
  const first = await resolveGo(question.dir, question.shims);
  const isWanted = first.missing !== undefined && process.env.GOFLEET_AUTO_INSTALL === '1';
  const isInstalled = isWanted && install(first.missing.version, first);
  const answer = isInstalled ? await resolveGo(question.dir, question.shims) : first;
  if (!answer.target) return { problem: describeProblem(answer) };
  await remember(question, answer, startedAtMs);
  await refresh(question.shims);
  return { code: renderTarget(answer.target) };
}
