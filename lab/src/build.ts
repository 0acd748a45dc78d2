import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { copySource, generateOpenApi, sourceFolder } from './generate-openapi.ts';
import { withLock } from './lock.ts';
import { buildsDir, locksDir } from './paths.ts';
import type { LabProgress } from './progress.ts';
import { type Recipe, recipeDigest, renderPlainGoMod } from './recipe.ts';
import { runChecked, runProgram } from './run-program.ts';
import { renderKubernetesGoMod } from './staged-modules.ts';

/** What a build is told and asked. */
export interface BuildOptions {
  onProgress?: ((event: LabProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** The folder of a recipe's programs, whether or not they have been built. */
export function buildDir(recipe: Recipe): string {
  return join(buildsDir(), recipeDigest(recipe));
}

/**
 * Builds a recipe unless it has been built before; answers the folder of its programs. The folder appears complete or
 * not at all; two processes that want the same build make it once.
 *
 * @throws GofleetError `lab.program-failed` with the compiler's words
 */
export async function ensureBuilt(recipe: Recipe, options: BuildOptions = {}): Promise<string> {
  const dir = buildDir(recipe);
  if (existsSync(dir)) return dir;
  const step = `build ${recipe.title}`;
  return withLock(
    join(locksDir(), `build-${recipeDigest(recipe).slice(0, 16)}`),
    async () => {
      if (!existsSync(dir)) await build(recipe, dir, options);
      return dir;
    },
    {
      signal: options.signal,
      onWait: (holder) => options.onProgress?.({ step, message: `process ${holder.pid} is building it` }),
    },
  );
}

async function build(recipe: Recipe, dir: string, options: BuildOptions): Promise<void> {
  await removeUnfinished(dir);
  const work = `${dir}.unfinished-${process.pid}`;
  await mkdir(join(work, 'source'), { recursive: true });
  try {
    const env = goEnvironment(recipe);
    options.onProgress?.({ step: `build ${recipe.title}`, message: 'fetching modules' });
    for (const [name, text] of Object.entries(recipe.files))
      await writeFile(join(work, 'source', name), text);
    await writeFile(join(work, 'source', 'go.mod'), await renderGoModOf(recipe, work, env));
    if (recipe.openApi) {
      options.onProgress?.({ step: `build ${recipe.title}`, message: 'generating its OpenAPI definitions' });
      await generateOpenApi({ dir: join(work, 'source'), env, signal: options.signal });
    }
    await compile(recipe, { work, env, options });
    for (const name of recipe.links) await symlink(recipe.programs[0] as string, join(work, name));
    await writeFile(join(work, 'recipe.json'), `${JSON.stringify(recipe, null, 2)}\n`);
    await rename(join(work, 'source', 'go.mod'), join(work, 'go.mod'));
    await rm(join(work, 'source'), { recursive: true });
    await rename(work, dir);
  } catch (error) {
    await rm(work, { recursive: true, force: true });
    throw error;
  }
}

// What a killed build left: its compiler may still be running and writing there, so a new build has a folder of its own.
async function removeUnfinished(dir: string): Promise<void> {
  const names = await readdir(buildsDir()).catch(() => []);
  const old = names.filter((name) => name.startsWith(`${basename(dir)}.unfinished-`));
  await Promise.all(old.map((name) => rm(join(buildsDir(), name), { recursive: true, force: true })));
}

async function compile(
  recipe: Recipe,
  at: { work: string; env: NodeJS.ProcessEnv; options: BuildOptions },
): Promise<void> {
  const report = countPackages(recipe, at.options);
  const args = [
    '-v',
    '-mod=mod',
    '-trimpath',
    '-ldflags',
    recipe.ldflags,
    '-o',
    `${at.work}/`,
    ...recipe.packages,
  ];
  const said: string[] = [];
  const { code } = await runProgram(['go', 'build', ...args], {
    cwd: join(at.work, 'source'),
    env: at.env,
    signal: at.options.signal,
    niceness: 10,
    onErrorLine: (line) => {
      report(line);
      if (!isPackageName(line)) said.push(line);
    },
  });
  if (code !== 0) throw buildFailed(recipe, code, said);
  const missing = recipe.programs.find((program) => !existsSync(join(at.work, program)));
  if (missing === undefined) return;
  throw new GofleetError(
    'lab.missing-output',
    `build of ${recipe.title}: expected the program ${missing}, found none`,
    {
      facts: { program: missing, title: recipe.title },
    },
  );
}

// With -v the compiler's words stand between the names of hundreds of packages.
const isPackageName = (line: string): boolean => !/\s/.test(line);

function buildFailed({ title }: Recipe, code: number, said: readonly string[]): GofleetError {
  const words = said.filter((line) => !line.startsWith('go: downloading ')).slice(0, 20);
  return new GofleetError(
    'lab.program-failed',
    `build of ${title}: expected exit code 0, found ${code}: ${words.join('\n')}`,
    { facts: { program: 'go', code } },
  );
}

/** Turns the lines of `go build -v`, one per compiled package, into progress with an estimate. */
function countPackages(recipe: Recipe, { onProgress }: BuildOptions): (line: string) => void {
  const { packageCount, estimateMs } = recipe.expect;
  const step = `build ${recipe.title}`;
  let done = 0;
  let startedAt = performance.now();
  return (line) => {
    if (line.startsWith('go: ')) {
      onProgress?.({ step, message: line.slice(4).slice(0, 100) });
      startedAt = performance.now();
      return;
    }
    if (!isPackageName(line)) return;
    done += 1;
    const total = Math.max(packageCount, done);
    const left = 1 - done / total;
    const elapsedMs = performance.now() - startedAt;
    // The first packages are the small ones: trust the measured time until enough are done to judge this machine.
    const measuredMs = done < packageCount / 10 ? estimateMs * left : (elapsedMs / done) * (total - done);
    onProgress?.({ step, done, total, estimateMs: Math.round(measuredMs) });
  };
}

async function renderGoModOf(recipe: Recipe, work: string, env: NodeJS.ProcessEnv): Promise<string> {
  if (!recipe.source || !recipe.goMod.staged) return renderPlainGoMod(recipe);
  const { module, version } = recipe.source;
  const downloaded = await runChecked(['go', 'mod', 'download', '-json', `${module}@v${version}`], {
    cwd: work,
    env,
  });
  const { GoMod, Dir } = JSON.parse(downloaded) as { GoMod: string; Dir: string };
  if (recipe.openApi) await copySource(Dir, join(work, 'source'));
  return renderKubernetesGoMod({
    version,
    goLine: recipe.goMod.goLine,
    moduleVersions: recipe.goMod.moduleVersions,
    goMod: await readFile(GoMod, 'utf8'),
    ...(recipe.openApi && { folder: sourceFolder }),
  });
}

function goEnvironment(recipe: Recipe): NodeJS.ProcessEnv {
  return {
    ...process.env,
    CGO_ENABLED: '0',
    GOTOOLCHAIN: `go${recipe.go}`,
    GOWORK: 'off',
    GOFLAGS: '-buildvcs=false',
  };
}
