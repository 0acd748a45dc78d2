import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { goEnvironment } from '@gofleet/process/go-command';
import { runProgram } from '@gofleet/process/run-program';
import { ensureInstalled, ensureUpx } from './debian-tools.ts';
import type { Corpus } from './make-corpus.ts';

/** A program made with something else than the `go` command alone. */
type Maker = (bench: Bench, output: string) => Promise<void>;

interface Bench {
  readonly corpus: Corpus;
  /** A directory that is removed afterwards. */
  readonly work: string;
  /** Returns what the program prints. */
  run(program: string, argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
}

const garble = 'mvdan.cc/garble@v0.18.0';

const newest = { GOTOOLCHAIN: 'go1.27.4' };

/** Garble builds a linker of its own from the sources of Go, which `go` does not let it do where modules are kept. */
const garbled: Maker = async ({ corpus, work, run }, output) => {
  const kept = (await run(corpus.go.path, ['env', 'GOROOT'], newest)).trim();
  const goRoot = join(work, 'goroot');
  await run('cp', ['-r', '--no-preserve=mode', kept, goRoot]);
  await run('chmod', ['-R', '+x', join(goRoot, 'bin'), join(goRoot, 'pkg/tool')]);
  const env = { GOTOOLCHAIN: 'local', PATH: `${goRoot}/bin:/usr/local/bin:/usr/bin:/bin` };
  await run(join(goRoot, 'bin/go'), ['install', garble], env);
  await run(join(work, 'gopath/bin/garble'), ['build', '-o', output, '.'], env);
};

function packed(name: string): Maker {
  return async ({ corpus, run }, output) => {
    await copyFile(join(corpus.dir, 'programs', name), output);
    await run(await ensureUpx(), ['-q', output]);
  };
}

function gccgo(...flags: string[]): Maker {
  return async ({ run }, output) => {
    await run(await ensureInstalled('/usr/bin/gccgo', 'gccgo'), [...flags, '-o', output, 'main.go']);
  };
}

/** A program whose runtime lies in a shared library beside it. */
const linkshared: Maker = async ({ corpus, work, run }, output) => {
  const env = { ...newest, CGO_ENABLED: '1' };
  const packages = `-pkgdir=${join(work, 'pkg')}`;
  await run(corpus.go.path, ['install', '-buildmode=shared', packages, 'runtime'], env);
  await run(corpus.go.path, ['build', '-linkshared', packages, '-o', output, '.'], env);
};

const makers: Readonly<Record<string, Maker>> = {
  garbled,
  'packed-elf': packed('1.27.4-linux-amd64-stripped'),
  'packed-pe': packed('1.27.4-windows-amd64-stripped'),
  gccgo: gccgo(),
  'gccgo-static': gccgo('-static-libgo'),
  linkshared,
};

async function make(name: string, maker: Maker, corpus: Corpus): Promise<void> {
  const output = join(corpus.dir, 'specials', name);
  if (existsSync(output)) return;
  const work = join(corpus.dir, 'work', name);
  for (const part of ['home', 'tmp', 'gopath']) await mkdir(join(work, part), { recursive: true });
  const { go } = corpus;
  const dirs = { modCache: go.modCache, buildCache: go.buildCache, work };
  const run: Bench['run'] = async (program, argv, env = {}) => {
    const whole = goEnvironment({ dirs, env: { ...go.moduleEnv, CGO_ENABLED: '0', ...env } });
    const directory = join(corpus.dir, 'sources/tiny');
    const end = await runProgram({ program, argv, env: whole, directory, timeoutMs: 900_000 });
    if (end.exitCode !== 0) throw new Error(`${program} ${argv.join(' ')}: ${end.stderr}`);
    return end.stdout;
  };
  const made = join(work, 'program');
  await maker({ corpus, work, run }, made);
  await mkdir(dirname(output), { recursive: true });
  await rename(made, output);
  await rm(work, { recursive: true, force: true });
}

/** Makes what is missing of the programs that were obfuscated, packed, or made by another compiler; returns how to find one. */
export async function makeSpecials(corpus: Corpus): Promise<(name: keyof typeof makers) => string> {
  for (const [name, maker] of Object.entries(makers)) await make(name, maker, corpus);
  return (name) => join(corpus.dir, 'specials', name);
}
