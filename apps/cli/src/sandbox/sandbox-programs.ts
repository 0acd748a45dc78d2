import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { renderSandboxPrograms } from '@gofleet/build/sandbox/native/render-sandbox-programs';
import { compileC } from '@gofleet/process/compile-c';
import { runProgram } from '@gofleet/process/run-program';

/** Paths of the two small programs that the sandbox consists of besides this one. */
export interface SandboxPrograms {
  /** The `go` for the other containers. */
  readonly standIn: string;
  readonly confine: string;
}

/** Where gofleet's own image has them. */
export const imagePrograms = '/gofleet/sandbox';

const programsIn = (folder: string): SandboxPrograms => ({
  standIn: join(folder, 'go'),
  confine: join(folder, 'confine'),
});

async function compile(source: string, output: string): Promise<void> {
  const { PATH = '', CC = 'cc', TMPDIR = '/tmp' } = process.env;
  const hint = 'install a C compiler, or name one in CC; no library is needed';
  const said = await compileC({ source, compiler: CC.split(' '), output, env: { PATH, TMPDIR } }).catch(
    (cause: unknown) => {
      throw new GofleetError('cli.no-c-compiler', `${CC}: it cannot be started`, { hint, cause });
    },
  );
  if (said === undefined) return;
  const [why = said] = /.*error.*/.exec(said) ?? [];
  throw new GofleetError('cli.no-c-compiler', `${CC} cannot compile a program of the sandbox: ${why}`, {
    hint,
  });
}

/**
 * Compiles the programs into a folder.
 * @throws `cli.no-c-compiler`
 */
export async function makeSandboxPrograms(folder: string): Promise<SandboxPrograms> {
  await mkdir(folder, { recursive: true });
  const made = programsIn(folder);
  const { standIn, confine } = renderSandboxPrograms();
  await compile(standIn, made.standIn);
  await compile(confine, made.confine);
  return made;
}

/** Those of the image, else compiled ones. @throws `cli.no-c-compiler` */
export async function findSandboxPrograms(folder: string): Promise<SandboxPrograms> {
  const packed = programsIn(imagePrograms);
  return existsSync(packed.confine) ? packed : makeSandboxPrograms(folder);
}

/** The version of Landlock's interface that this kernel has and this process may use, 0 for none. */
export async function findLandlock({ confine }: SandboxPrograms): Promise<number> {
  const run = { program: confine, argv: ['--landlock'], env: {}, directory: '/', timeoutMs: 10_000 };
  const { stdout } = await runProgram(run);
  return Number.parseInt(stdout, 10) || 0;
}

/** Puts the stand-in beside the socket that it looks for. */
export async function placeStandIn({ standIn }: SandboxPrograms, socket: string): Promise<void> {
  const place = join(dirname(socket), 'go');
  await copyFile(standIn, `${place}.new`);
  await chmod(`${place}.new`, 0o755);
  await rename(`${place}.new`, place);
}
