import { access } from 'node:fs/promises';
import { join } from 'node:path';
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

async function runStep(run: BuildStepRun): Promise<ProgramEnd> {
  const { step, env } = run;
  try {
    return await runGo({ ...run, argv: step.argv, env: { ...env, ...step.env } });
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

/**
 * The path of the executable that a step of a relink makes.
 * @throws `build.timeout`, `build.wrong-result`, the codes of `explainGoFailure`, `process.aborted`, `process.cannot-start`
 */
export async function runBuildStep(run: BuildStepRun): Promise<string> {
  const { exitCode, stdout, stderr } = await runStep(run);
  if (exitCode === 0) return findOutput(run);
  throw explainGoFailure({
    goVersion: run.step.goVersion,
    package: run.package,
    output: `${stderr}${stdout}`,
    exitCode,
  });
}
