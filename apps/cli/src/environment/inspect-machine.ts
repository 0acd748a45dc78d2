import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GoSettings } from '@gofleet/build/environment/go-settings';
import type { GoRootFacts, MachineFacts, NamedDirectory } from '@gofleet/build/environment/machine';
import { inspectDirectory } from '@gofleet/filesystem/inspect-directory';
import { inspectGoRoot, releaseOfPath } from '@gofleet/filesystem/inspect-goroot';
import { runProgram } from '@gofleet/process/run-program';
import { shimMarker } from '@gofleet/resolve/shim/render-shim';
import { type FoundRelease, findRelease, findReleaseInPath, findRival } from './find-release.ts';
import type { EnvironmentChoice } from './make-plan.ts';
import { readSettings } from './read-settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

async function inspectDirectories(settings: GoSettings): Promise<NamedDirectory[]> {
  const names = ['GOCACHE', 'GOMODCACHE', 'GOTMPDIR'] as const;
  const paths = names.map((name) => ({
    name,
    path: settings(name).value || (name === 'GOTMPDIR' ? tmpdir() : ''),
  }));
  const known = paths.filter(({ path }) => path !== '' && path !== 'off');
  return Promise.all(known.map(async ({ name, path }) => ({ name, facts: await inspectDirectory(path) })));
}

/** Why a release's `go` refuses GOFLAGS; `undefined` when it takes them. Only `go` knows all its flags. */
async function askAboutFlags(
  { goRoot }: FoundRelease,
  flags: string,
  env: Environment,
): Promise<string | undefined> {
  if (flags === '') return undefined;
  const { GOROOT: _, ...rest } = env;
  const asked = { ...rest, GOTOOLCHAIN: 'local', GOENV: 'off', GOFLAGS: flags } as Record<string, string>;
  const end = await runProgram({
    program: `${goRoot}/bin/go`,
    argv: ['version'],
    env: asked,
    directory: process.cwd(),
    timeoutMs: 20_000,
  });
  return end.exitCode === 0 ? undefined : end.stderr.trim().replace(/^go: parsing \$GOFLAGS: /, '');
}

async function inspectSet(settings: GoSettings): Promise<GoRootFacts | undefined> {
  const { value } = settings('GOROOT');
  return value === '' ? undefined : inspectGoRoot(value);
}

/** The release that `go` would start here: through a shim of ours the one that the directory asks for. */
async function findStarted(directory: string, env: Environment): Promise<FoundRelease | undefined> {
  const first = (env.PATH ?? '').split(':').find((folder) => existsSync(join(folder, 'go')));
  const isShim = first !== undefined && existsSync(join(first, shimMarker));
  return isShim ? findRelease(undefined, directory, env) : findReleaseInPath(env);
}

/**
 * Everything of this machine that decides how builds go, read without changing anything.
 * @throws as `findRelease`
 */
export async function inspectMachine(choice: EnvironmentChoice, env: Environment): Promise<MachineFacts> {
  const wanted = await findRelease(choice.go, choice.workTree, env);
  const inPath = await findStarted(choice.workTree, env);
  const { settings, envFile } = await readSettings(wanted.goRoot, env);
  const gobin = settings('GOBIN').value;
  const rival = await findRival(wanted, env);
  return {
    scenario: choice.scenario,
    uid: process.getuid?.(),
    wanted,
    settings,
    goroot: await inspectSet(settings),
    goOnPath: inPath && (await inspectGoRoot(inPath.goRoot)),
    gobinRelease: gobin === '' ? undefined : await releaseOfPath(gobin),
    directories: await inspectDirectories(settings),
    envFile,
    refusedFlags: await askAboutFlags(wanted, settings('GOFLAGS').value, env),
    rival: rival?.goRoot,
  };
}
