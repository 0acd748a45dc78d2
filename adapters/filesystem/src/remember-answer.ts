import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type AnswerConditions, renderAnswer, type ShimTarget } from '@gofleet/resolve/shim/render-answer';

/** An answer, what it depends on, and when its making began (milliseconds since 1970). */
export interface Answer {
  readonly target: ShimTarget;
  readonly conditions: Omit<AnswerConditions, 'stamped'>;
  /** The files that were there. */
  readonly files: readonly string[];
  readonly startedAtMs: number;
}

/** Some shells compare times in whole seconds: a file that may change again within its second is not settled. */
const settleMs = 1000;

/** `touch -r`, since Node cannot set a time to the nanosecond. */
async function stamp(pairs: readonly { readonly path: string; readonly made: string }[]): Promise<void> {
  const script = 'while [ $# -gt 0 ]; do touch -r "$1" "$2" || exit; shift 2; done';
  await promisify(execFile)('sh', ['-c', script, 'sh', ...pairs.flatMap(({ path, made }) => [path, made])], {
    timeout: 10_000,
  });
}

/** Whether a later change of the file is sure to change its time, and it did not change since the answer's making began. */
async function isSettled(path: string, startedAtMs: number): Promise<boolean> {
  const { mtimeMs, ctimeMs } = await stat(path);
  return Math.abs(startedAtMs - mtimeMs) > settleMs && ctimeMs < startedAtMs;
}

async function isAsItWas({ files, conditions, startedAtMs }: Answer): Promise<boolean> {
  if (conditions.absent.some((path) => existsSync(path))) return false;
  return (await Promise.all(files.map((path) => isSettled(path, startedAtMs)))).every(Boolean);
}

async function sweep(folder: string, isOld: (name: string) => boolean): Promise<void> {
  const old = (await readdir(folder)).filter(isOld);
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })));
}

/**
 * Writes an answer for shims to source, with a stamp per file that it depends on. False when it was not written, since a file is
 * too young to tell its next change, or the folder cannot be written: the next call asks again.
 */
export async function rememberAnswer(entry: string, answer: Answer): Promise<boolean> {
  const [folder, prefix] = [dirname(entry), `${basename(entry)}:`];
  const mine = `${prefix}${process.pid}.${answer.startedAtMs.toString(36)}`;
  const stamped = answer.files.map((path, index) => ({ path, stamp: `${mine}.${index}` }));
  try {
    await mkdir(folder, { recursive: true });
    await stamp(stamped.map(({ path, stamp: name }) => ({ path, made: join(folder, name) })));
    const settled = await isAsItWas(answer);
    if (settled) {
      const made = join(folder, `${mine}.new`);
      await writeFile(made, renderAnswer(answer.target, { ...answer.conditions, stamped }));
      await rename(made, entry);
    }
    const isOld = (name: string): boolean => name.startsWith(prefix) && !name.startsWith(mine);
    await sweep(folder, settled ? isOld : (name) => name.startsWith(mine));
    return settled;
  } catch {
    return false;
  }
}
