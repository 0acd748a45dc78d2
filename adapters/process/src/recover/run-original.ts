import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { parsePrintedWords } from '@gofleet/build/relink';
import { runProgram } from '../run-program.ts';
import { canSandbox, sandboxed } from '../sandbox/sandbox.ts';

/** Ways in which programs tell their version. */
const asks = [['version'], ['--version'], ['-version']] as const;
const timeoutMs = 5000;
const fileBytes = 1 << 20;

/** A program that its user allows to be run. */
interface Allowed {
  readonly file: string;
  /** A new directory; the caller removes it. */
  readonly work: string;
  readonly signal?: AbortSignal;
}

async function ask({ work, signal }: Allowed, argv: readonly string[]): Promise<string> {
  const [root, home] = [join(work, 'root'), join(work, 'home')];
  const env = { PATH: '/usr/bin:/bin', HOME: home, LC_ALL: 'C' };
  const run = { program: join(home, 'program'), argv, env, directory: home, timeoutMs };
  const limited = sandboxed(
    { ...run, ...(signal === undefined ? {} : { signal }) },
    { root, fileBytes, binds: [{ source: home, target: home }] },
  );
  try {
    const { stdout, stderr } = await runProgram(limited);
    return `${stdout}\n${stderr}`;
  } catch (thrown) {
    // It does not know the question, and waits or serves.
    if (isGofleetError(thrown) && thrown.code === 'process.timeout') return '';
    throw thrown;
  }
}

/**
 * Words of what a program prints of its version: run without a network, with nothing of this machine to write to, five seconds for
 * each of three questions.
 * @throws `build.needs-sandbox` where this machine has no sandbox, `process.aborted`
 */
export async function runOriginal(allowed: Allowed): Promise<string[]> {
  const { file, work } = allowed;
  if (!canSandbox()) {
    const message = `${file} is run in a sandbox only, which this machine does not allow`;
    throw new GofleetError('build.needs-sandbox', message, { hint: 'leave out --run-original' });
  }
  for (const folder of ['root', 'home']) await mkdir(join(work, folder), { recursive: true });
  await copyFile(file, join(work, 'home', 'program'));
  const texts: string[] = [];
  for (const argv of asks) texts.push(await ask(allowed, argv));
  return parsePrintedWords(texts.join('\n'));
}
