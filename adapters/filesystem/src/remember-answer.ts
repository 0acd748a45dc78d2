import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { nativeEntry, renderNativeAnswer } from '@gofleet/resolve/shim/native/render-native-answer';
import {
  type AnswerConditions,
  type RememberedFile,
  renderAnswer,
  type ShimTarget,
} from '@gofleet/resolve/shim/render-answer';
import { makeDirectory } from './make-directory.ts';

/** An answer, what it depends on, and when its making began (milliseconds since 1970). */
export interface Answer {
  readonly target: ShimTarget;
  readonly conditions: Omit<AnswerConditions, 'files'>;
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

/** When a file was written; `undefined` unless a later change is sure to change that, and it did not change since the answer's making began. */
async function settledTime(path: string, startedAtMs: number): Promise<bigint | undefined> {
  const { mtimeMs, mtimeNs, ctimeMs } = await stat(path, { bigint: true });
  const age = startedAtMs - Number(mtimeMs);
  return Math.abs(age) > settleMs && Number(ctimeMs) < startedAtMs ? mtimeNs : undefined;
}

/** The files with their times, given the names of their stamps; `undefined` when the answer may not hold any more. */
async function settle(
  { files, conditions, startedAtMs }: Answer,
  stamps: readonly string[],
): Promise<RememberedFile[] | undefined> {
  if (conditions.absent.some((path) => existsSync(path))) return undefined;
  const settled = await Promise.all(
    files.map(async (path, index) => {
      const mtimeNs = await settledTime(path, startedAtMs);
      return mtimeNs === undefined ? [] : [{ path, mtimeNs, stamp: stamps[index] ?? '' }];
    }),
  );
  return settled.every((one) => one.length === 1) ? settled.flat() : undefined;
}

async function sweep(folder: string, isOld: (name: string) => boolean): Promise<void> {
  const old = (await readdir(folder)).filter(isOld);
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })));
}

/**
 * Writes an answer for shims, as the script and as the native shim read it, with a stamp per file that it depends on. False when
 * it was not written, since a file is too young to tell its next change, or the folder cannot be written: the next call asks again.
 */
export async function rememberAnswer(entry: string, answer: Answer): Promise<boolean> {
  const [folder, prefix] = [dirname(entry), `${basename(entry)}:`];
  const mine = `${prefix}${process.pid}.${answer.startedAtMs.toString(36)}`;
  const stamps = answer.files.map((_, index) => `${mine}.${index}`);
  const publish = async (path: string, text: string): Promise<void> => {
    const made = join(folder, `${mine}.new`);
    await writeFile(made, text);
    await rename(made, path);
  };
  try {
    await makeDirectory(folder);
    await stamp(answer.files.map((path, index) => ({ path, made: join(folder, stamps[index] ?? '') })));
    const files = await settle(answer, stamps);
    if (files) {
      const conditions = { ...answer.conditions, files };
      await publish(entry, renderAnswer(answer.target, conditions));
      await publish(nativeEntry(entry), renderNativeAnswer(answer.target, conditions));
    }
    const isOld = (name: string): boolean => name.startsWith(prefix) && !name.startsWith(mine);
    await sweep(folder, files ? isOld : (name) => name.startsWith(mine));
    return files !== undefined;
  } catch {
    return false;
  }
}
