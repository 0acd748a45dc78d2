import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { type EnvironmentPlan, planEnvironment } from '@gofleet/build/environment/plan-environment';
import type { Scenario } from '@gofleet/build/environment/scenario';
import { makeDirectory } from '@gofleet/filesystem/make-directory';
import { findRelease, findRival } from './find-release.ts';
import { readSettings } from './read-settings.ts';

/** Which environment somebody wants. */
export interface EnvironmentChoice {
  readonly go?: string;
  readonly scenario: Scenario;
  readonly workTree: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment that is asked for, planned for this machine and user.
 * @throws as `findRelease`; `build.malformed-goflags`
 */
export async function makePlan(choice: EnvironmentChoice, env: Environment): Promise<EnvironmentPlan> {
  const { scenario, workTree } = choice;
  const release = await findRelease(choice.go, workTree, env);
  const { settings } = await readSettings(release.goRoot, env);
  const rival = scenario === 'local' ? await findRival(release, env) : undefined;
  const modCache = settings('GOMODCACHE').value;
  const hasDownloads = modCache !== '' && existsSync(join(modCache, 'cache', 'download'));
  return planEnvironment({
    ...release,
    scenario,
    workTree,
    settings,
    path: env.PATH ?? '',
    ...(hasDownloads ? { sharedModules: modCache } : {}),
    ...(rival ? { compilerMark: rival.compilerMark } : {}),
  });
}

/**
 * Makes the directories of an environment, each with a `.gitignore` of its own: an untracked cache would make the work tree
 * dirty, and every program built in it would say so.
 * @throws `cli.cannot-write`
 */
export async function makeDirectories({ directories }: EnvironmentPlan): Promise<void> {
  for (const path of directories) {
    try {
      await makeDirectory(path);
      await writeFile(join(path, '.gitignore'), '*\n');
    } catch (cause) {
      throw new GofleetError('cli.cannot-write', `${path}: cannot be made: ${(cause as Error).message}`, {
        facts: { path },
        hint: 'work in a directory that you may write to and that has space, or choose --scenario local',
        cause,
      });
    }
  }
}
