import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chooseVariables } from '@gofleet/build/sandbox/choose-variables';
import {
  parseSandboxCommand,
  type SandboxCommand,
  type SandboxFlag,
} from '@gofleet/build/sandbox/parse-command';
import type { SandboxRequest } from '@gofleet/build/sandbox/protocol';
import { chooseRelease } from './choose-release.ts';
import { checkModuleFiles } from './module-files.ts';
import type { SandboxSettings } from './sandbox-settings.ts';
import type { Volume } from './volume.ts';

/** Where an output of `go build` goes: one file by its name, or several into a directory, by the names that Go gives them. */
export interface OutputWish {
  /** Real path of a directory of the volume. */
  readonly directory: string;
  readonly name?: string;
}

/** A call of the `go` command that was checked. */
export interface RunPlan {
  readonly command: SandboxCommand;
  readonly goRoot: string;
  /** Real path of its current directory. */
  readonly directory: string;
  /** Without `-o` of a build, which the sandbox chooses itself. */
  readonly argv: readonly string[];
  /** What is special to this call. */
  readonly env: Readonly<Record<string, string>>;
  /** `none`: discarded, by the caller's wish; `default`: as Go does without `-o`. */
  readonly output: OutputWish | 'none' | 'default';
}

/** Requires packages and files that are named by path to lie in the volume. */
function checkPackages({ packages }: SandboxCommand, volume: Volume, directory: string): void {
  for (const each of packages) {
    const isPath = /^\.{0,2}\/|^\.{1,2}$|\.go$/.test(each) || each.split('/').includes('..');
    if (isPath) volume.find(each.replace(/\/?\.\.\.(?:\/.*)?$/, '') || '/', directory);
  }
}

function renderFlag({ name, value }: SandboxFlag): string {
  return value === true ? `-${name}` : `-${name}=${value}`;
}

/** A flag with its path, where it has one, as a real one of the volume. */
function resolvePath(flag: SandboxFlag, volume: Volume, directory: string): SandboxFlag {
  const { name, value, path } = flag;
  if (path === undefined || value === true) return flag;
  if (name === 'pgo' && (value === 'auto' || value === 'off')) return flag;
  if (name === 'o' && value === '/dev/null') return flag;
  if (path === 'input') return { ...flag, value: volume.find(value, directory) };
  if (name === 'outputdir') return { ...flag, value: volume.findDirectory(value, directory) };
  if (name === 'o' && isDirectoryName(value, directory))
    return { ...flag, value: `${volume.findDirectory(value, directory)}/` };
  const place = volume.findPlace(value, directory);
  return { ...flag, value: join(place.directory, place.name) };
}

/** Written by a test, by the name that it has below `-outputdir`. */
const isProfile = ({ name, path }: SandboxFlag): boolean =>
  path === 'output' && name !== 'o' && name !== 'outputdir';

/** As Go tells them: an existing directory, or a name that ends in a slash. */
function isDirectoryName(path: string, from: string): boolean {
  return (
    path.endsWith('/') || statSync(resolve(from, path), { throwIfNoEntry: false })?.isDirectory() === true
  );
}

/** Where the output of a build goes, by its `-o`. */
function findOutput(flags: readonly SandboxFlag[], volume: Volume, directory: string): RunPlan['output'] {
  const value = flags.findLast(({ name }) => name === 'o')?.value;
  if (typeof value !== 'string') return 'default';
  if (value === '/dev/null') return 'none';
  return value.endsWith('/')
    ? { directory: volume.findDirectory(value) }
    : volume.findPlace(value, directory);
}

/**
 * The call that a request stands for, checked: words, variables, and every path that they and the module's files name.
 * @throws `build.sandbox-refused`, `build.sandbox-no-release`, `build.malformed-goflags`
 */
export function planRun(request: SandboxRequest, volume: Volume, { releases }: SandboxSettings): RunPlan {
  const command = parseSandboxCommand(request.argv);
  const { passed, flags: goFlags, toolchain, work } = chooseVariables(command.name, request.env);
  const start = volume.findDirectory(request.directory);
  const directory = volume.findDirectory(command.directory ?? '.', start);
  const modules = checkModuleFiles(volume, directory, work);
  checkPackages(command, volume, directory);
  const given = [...parseSandboxCommand([command.name, ...goFlags]).flags, ...command.flags];
  const profiles = given.findLast(({ name }) => name === 'outputdir')?.value;
  const profileDirectory = typeof profiles === 'string' ? resolve(directory, profiles) : directory;
  const flags = given.map((flag) =>
    resolvePath(flag, volume, isProfile(flag) ? profileDirectory : directory),
  );
  const isBuild = command.name === 'build';
  const { goRoot } = chooseRelease({
    ...{ volume, directory, releases },
    env: { GOTOOLCHAIN: toolchain ?? 'auto', GOWORK: modules.work },
  });
  const kept = flags.filter(({ name }) => name !== 'buildvcs' && !(isBuild && name === 'o'));
  const ownArguments = command.testArguments.length > 0 ? ['-args', ...command.testArguments] : [];
  return {
    ...{ command, goRoot, directory },
    argv: [command.name, ...kept.map(renderFlag), ...command.packages, ...ownArguments],
    env: { ...passed, GOWORK: modules.work },
    output: isBuild ? findOutput(flags, volume, directory) : 'none',
  };
}
