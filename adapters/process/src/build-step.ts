import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { explainGoFailure } from '@gofleet/build/go-failure';
import type { GoBuildStep } from '@gofleet/build/relink';
import { type GoRun, runGo } from './go-command.ts';
import type { ProgramEnd } from './run-program.ts';

/** A step to run, and where. */
export interface BuildStepRun extends Omit<GoRun, 'argv'> {
  readonly step: GoBuildStep;
  /** Import path, for messages. */
  readonly package: string;
}

/**
 * GOPROXY with the module cache asked first. `go install path@version` asks for the list of versions only to say whether the
 * module is deprecated; a proxy that refuses lists would end the build, the cache knows at least the version that is there.
 */
function cacheFirst(goproxy: string, modCache: string): string {
  return `${pathToFileURL(join(modCache, 'cache', 'download')).href},${goproxy}`;
}

async function runStep(run: BuildStepRun, argv: readonly string[]): Promise<ProgramEnd> {
  const { step, env, dirs } = run;
  const goproxy = env.GOPROXY ?? '';
  const proxied = goproxy === '' ? env : { ...env, GOPROXY: cacheFirst(goproxy, dirs.modCache) };
  try {
    return await runGo({ ...run, argv, env: { ...proxied, ...step.env } });
  } catch (thrown) {
    if (!isGofleetError(thrown) || thrown.code !== 'process.timeout') throw thrown;
    throw new GofleetError(
      'build.timeout',
      `building ${run.package} with ${step.goVersion}: ${thrown.message}`,
      {
        facts: { ...thrown.facts, package: run.package, goVersion: step.goVersion },
        retry: 'later',
        cause: thrown,
      },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** `go install` puts executables for another platform into a directory named after it. */
async function findOutput({ step, dirs, package: path }: BuildStepRun): Promise<string> {
  const bin = join(dirs.work, 'gopath', 'bin');
  const places = [join(bin, step.output), join(bin, `${step.env.GOOS}_${step.env.GOARCH}`, step.output)];
  for (const place of places) if (await exists(place)) return place;
  throw new GofleetError('build.wrong-result', `go install of ${path} left no executable ${step.output}`, {
    facts: { package: path, expected: step.output },
  });
}

function failed(run: BuildStepRun, { exitCode, stdout, stderr }: ProgramEnd): GofleetError {
  const { step, package: path } = run;
  return explainGoFailure({
    goVersion: step.goVersion,
    package: path,
    output: `${stderr}${stdout}`,
    exitCode,
  });
}

/**
 * Fetches the toolchain of a step and a module into the module cache.
 * @param module - `path@version`
 * @throws as `runBuildStep`
 */
export async function fetchModule(run: BuildStepRun, module: string): Promise<void> {
  const end = await runStep(run, ['mod', 'download', module]);
  if (end.exitCode !== 0) throw failed(run, end);
}

/**
 * The path of the executable that a step of a relink makes.
 * @throws `build.timeout`, `build.wrong-result`, the codes of `explainGoFailure`, `process.aborted`, `process.cannot-start`
 */
export async function runBuildStep(run: BuildStepRun): Promise<string> {
  const end = await runStep(run, run.step.argv);
  if (end.exitCode !== 0) throw failed(run, end);
  return findOutput(run);
}
