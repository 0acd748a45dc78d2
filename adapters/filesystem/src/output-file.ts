import { createHash } from 'node:crypto';
import { closeSync, fstatSync, futimesSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { outputName } from '@gofleet/build/cache/cache-file';

/** The output of an action, to be written to a file of its own. */
export interface NewOutput {
  /** sha256 of the body; the caller has checked it. */
  readonly outputId: string;
  readonly body: Uint8Array;
  /** Time of last use in seconds since 1970; default now. */
  readonly usedAt?: number;
}

/** What is known of an open file; the identity changes when its content is written to. */
export interface OutputFacts {
  readonly identity: string;
  readonly sizeBytes: number;
  readonly usedAtMs: number;
}

/** The facts of an open file. */
export function factsOf(file: number): OutputFacts {
  const { dev, ino, size, mtimeMs, ctimeMs } = fstatSync(file);
  return { identity: `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`, sizeBytes: size, usedAtMs: mtimeMs };
}

const scratch = Buffer.allocUnsafe(1 << 20);

/** sha256 of the content of an open file. */
export function hashOpenFile(file: number): string {
  const sum = createHash('sha256');
  let at = 0;
  for (;;) {
    const read = readSync(file, scratch, 0, scratch.length, at);
    if (read === 0) return sum.digest('hex');
    sum.update(scratch.subarray(0, read));
    at += read;
  }
}

/** Writes a file that is not there yet, in one go; answers its identity. Throws `EEXIST` and what else the system says. */
export function createFile(path: string, { body, usedAt }: NewOutput): string {
  const file = openSync(path, 'wx');
  try {
    for (let at = 0; at < body.length; ) at += writeSync(file, body, at);
    if (usedAt !== undefined) futimesSync(file, usedAt, usedAt);
    return factsOf(file).identity;
  } catch (thrown) {
    rmSync(path, { force: true });
    throw thrown;
  } finally {
    closeSync(file);
  }
}

/** Writes an output into a build cache; `undefined` when it has a file already, which may be right or not. */
export function createOutput(dir: string, output: NewOutput): string | undefined {
  try {
    return createFile(join(dir, outputName(output.outputId)), output);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw thrown;
  }
}
