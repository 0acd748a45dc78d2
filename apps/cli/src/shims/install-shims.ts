import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isGofleetError } from '@gofleet/base/errors';
import { placeShim, readShims, writeShims } from '@gofleet/filesystem/shim-folder';
import { compileC } from '@gofleet/process/compile-c';
import { runProgram } from '@gofleet/process/run-program';
import { shimTexts } from './shim-texts.ts';

/** What was written: a native shim before the script, or the script alone and why. */
export type InstalledShims = { readonly native: true } | { readonly native: false; readonly because: string };

/** A shim that is told that gofleet is asking, with no `go` in PATH: the native one hands over, and the script ends so. */
const trial = { env: { GOFLEET_RESOLVING: '1', PATH: '/' }, exitCode: 3 } as const;

/** Compiles a native shim and tries it; returns why there is none. */
async function makeNativeShim(source: string, output: string): Promise<string | undefined> {
  const { PATH = '', CC = 'cc', TMPDIR = '/tmp' } = process.env;
  const said = await compileC({ source, compiler: CC.split(' '), output, env: { PATH, TMPDIR } });
  if (said !== undefined) return `${CC} cannot compile it: ${said.match(/.*error.*/)?.[0] ?? said}`;
  const run = { program: output, argv: [], env: trial.env, directory: '/', timeoutMs: 10_000 };
  const { exitCode } = await runProgram(run);
  return exitCode === trial.exitCode ? undefined : `it ended its trial with ${exitCode}`;
}

/**
 * Writes the shims into a folder: the script and, where a C compiler makes one that runs, the native shim before it.
 * @throws `filesystem.not-shims` when the folder holds something else
 */
export async function installShims(folder: string, scriptOnly: boolean): Promise<InstalledShims> {
  const { script, native } = shimTexts(folder);
  await writeShims(folder, { script, scriptOnly });
  if (scriptOnly) return { native: false, because: 'as wanted' };
  const made = join(folder, `.native.${process.pid}`);
  try {
    const because = await makeNativeShim(native, made);
    if (because !== undefined) return { native: false, because };
    await placeShim(folder, made);
    return { native: true };
  } catch (thrown) {
    if (!isGofleetError(thrown)) throw thrown;
    return { native: false, because: thrown.message };
  } finally {
    await rm(made, { force: true });
  }
}

/**
 * Installs shims where there are none yet, or those of another gofleet.
 * @throws `filesystem.not-shims` when the folder holds something else
 */
export async function refreshShims(folder: string): Promise<void> {
  const shims = await readShims(folder);
  if (shims?.script !== shimTexts(folder).script) await installShims(folder, shims?.scriptOnly ?? false);
}
