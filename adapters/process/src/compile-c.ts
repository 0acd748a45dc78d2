import { rm, writeFile } from 'node:fs/promises';
import { runProgram } from './run-program.ts';

/** A program of one C file that stands alone: no C library, no headers. */
export interface CProgram {
  readonly source: string;
  /** The words that start the compiler. */
  readonly compiler: readonly string[];
  /** The path of the program to make. */
  readonly output: string;
  /** As the compiler needs it: PATH above all. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a program needs that brings its own first instruction, and is small: a page that is not there is not loaded. */
const flags = [
  '-O1',
  '-static',
  '-nostdlib',
  '-ffreestanding',
  '-fno-stack-protector',
  '-s',
  '-Wl,-z,noseparate-code',
];

/**
 * Compiles a program; returns what the compiler said when it could not.
 * @throws `process.cannot-start` without a compiler, `process.timeout`
 */
export async function compileC({ source, compiler, output, env }: CProgram): Promise<string | undefined> {
  const [program = '', ...words] = compiler;
  const file = `${output}.c`;
  try {
    await writeFile(file, source);
    const argv = [...words, ...flags, '-o', output, file];
    const { exitCode, stderr } = await runProgram({ program, argv, env, directory: '/', timeoutMs: 30_000 });
    return exitCode === 0 ? undefined : stderr.trim();
  } finally {
    await rm(file, { force: true });
  }
}
