import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheRoot } from '@gofleet/filesystem/cache-root';
import { goEnvironment } from '@gofleet/process/go-command';
import { runProgram } from '@gofleet/process/run-program';
import { findLocalGo, type LocalGo } from '../../apps/cli/src/local-go.ts';
import { type CorpusBuild, corpusBuilds, corpusSources } from './corpus-recipe.ts';
import { debianGo } from './debian-tools.ts';

/** The corpus on disk: made once for a recipe, and kept. */
export interface Corpus {
  readonly dir: string;
  readonly builds: readonly CorpusBuild[];
  readonly go: LocalGo;
}

const parallel = 2;

async function run(program: string, argv: readonly string[], work: Work): Promise<void> {
  const end = await runProgram({ program, argv, ...work, timeoutMs: 900_000 });
  if (end.exitCode !== 0) throw new Error(`${program} ${argv.join(' ')} in ${work.directory}: ${end.stderr}`);
}

interface Work {
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
}

/** A commit that is the same on every machine. */
async function commit(work: Work): Promise<void> {
  const who = { NAME: 'Corpus', EMAIL: 'corpus@gofleet.example', DATE: '2024-01-02T03:04:05Z' };
  const identity = Object.entries(who).flatMap(([key, value]) =>
    ['AUTHOR', 'COMMITTER'].map((role) => [`GIT_${role}_${key}`, value]),
  );
  const git = (...argv: string[]): Promise<void> =>
    run('git', argv, { ...work, env: { ...work.env, ...Object.fromEntries(identity) } });
  await git('init', '--quiet', '--initial-branch=main', '.');
  await git('add', '.');
  await git('commit', '--quiet', '--message=tiny');
  await git('tag', 'v1.2.3');
}

async function writeSources(directory: string, env: Work['env']): Promise<void> {
  if (existsSync(directory)) return;
  const made = `${directory}.${process.pid}`;
  for (const [name, files] of Object.entries(corpusSources)) {
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(made, name, file)), { recursive: true });
      await writeFile(join(made, name, file), text);
    }
    if (name !== 'modules') await commit({ env, directory: join(made, name) });
  }
  // Another process may have been faster.
  await rename(made, directory).catch(() => rm(made, { recursive: true, force: true }));
}

async function build({ name, release, source, env, argv }: CorpusBuild, corpus: Corpus): Promise<void> {
  const output = join(corpus.dir, 'programs', name);
  const work = join(corpus.dir, 'work', name);
  for (const part of ['home', 'tmp', 'gopath']) await mkdir(join(work, part), { recursive: true });
  const { go } = corpus;
  const isDebian = release === 'debian';
  const toolchain = isDebian ? {} : { GOTOOLCHAIN: `go${release}` };
  const whole = goEnvironment({
    dirs: { modCache: go.modCache, buildCache: go.buildCache, work },
    env: { ...go.moduleEnv, ...toolchain, ...env },
  });
  const made = join(work, 'program');
  const directory = join(corpus.dir, 'sources', source);
  await run(isDebian ? await debianGo() : go.path, ['build', '-o', made, ...argv], { env: whole, directory });
  await rename(made, output);
  await rm(work, { recursive: true, force: true });
}

/** Builds what is missing of the corpus; `tell` hears how far it is. */
export async function makeCorpus(tell: (line: string) => void = () => undefined): Promise<Corpus> {
  const builds = corpusBuilds();
  const recipe = createHash('sha256').update(JSON.stringify([corpusSources, builds]));
  const dir = join(cacheRoot(), 'identify-corpus', recipe.digest('hex').slice(0, 16));
  const corpus = { dir, builds, go: await findLocalGo() };
  await mkdir(join(dir, 'programs'), { recursive: true });
  await writeSources(join(dir, 'sources'), {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    GIT_CONFIG_NOSYSTEM: '1',
  });
  const missing = builds.filter(({ name }) => !existsSync(join(dir, 'programs', name)));
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let one = missing[next++]; one !== undefined; one = missing[next++]) {
      await build(one, corpus);
      if (next % 20 === 0) tell(`${next} of ${missing.length}`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return corpus;
}
