import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { type GoConstraint, parseGoConstraint, satisfiesGoConstraint } from '@gofleet/base/go-constraint';
import { compareGoVersions, parseGoVersion } from '@gofleet/base/go-version';
import { hashFile } from '@gofleet/filesystem/inspect-file';
import { compilerPath, findGoInPath, readGoVersion } from '@gofleet/filesystem/inspect-goroot';
import { findInstalledToolchain, hostPlatform } from '@gofleet/filesystem/toolchain-store';
import { runProgram } from '@gofleet/process/run-program';
import { parseToolchainName } from '@gofleet/resolve/platform';
import { readSettings } from './read-settings.ts';

/** A release that is on this machine. */
export interface FoundRelease {
  readonly goRoot: string;
  /** First line of its VERSION. */
  readonly goVersion: string;
  /** `installed` by gofleet, a `module` that the go command fetched, or the one in `path`. */
  readonly from: 'installed' | 'module' | 'path';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What a `go` says that does not lie in a tree of its own: a version manager's, or a script. */
async function askGo(program: string, env: Environment): Promise<string | undefined> {
  const run = { program, argv: ['env', 'GOROOT'], directory: process.cwd(), timeoutMs: 20_000 };
  const { GOROOT: _, ...rest } = env;
  const asked = { ...rest, GOTOOLCHAIN: 'local', GOFLAGS: '' } as Record<string, string>;
  const end = await runProgram({ ...run, env: asked }).catch(() => undefined);
  const goRoot = end?.exitCode === 0 ? end.stdout.trim() : '';
  return goRoot === '' ? undefined : goRoot;
}

/** The release of the `go` that PATH finds; `undefined` when there is none. */
export async function findReleaseInPath(env: Environment): Promise<FoundRelease | undefined> {
  const found = await findGoInPath(env.PATH ?? '');
  if (!found) return undefined;
  const goRoot = found.goRoot ?? (await askGo(found.program, env));
  const goVersion = goRoot === undefined ? undefined : await readGoVersion(goRoot);
  return goRoot === undefined || goVersion === undefined ? undefined : { goRoot, goVersion, from: 'path' };
}

function satisfies(goVersion: string, constraint: GoConstraint): boolean {
  const version = parseGoVersion(goVersion);
  return version !== undefined && satisfiesGoConstraint(version, constraint);
}

/** Releases that the `go` command fetched into the module cache, the newest first. */
async function listModuleReleases(modCache: string): Promise<FoundRelease[]> {
  const folder = join(modCache, 'golang.org');
  const { os, arch } = hostPlatform();
  const found = (await readdir(folder).catch(() => [])).flatMap((name) => {
    const parsed = parseToolchainName(name.replace(/^toolchain@v0\.0\.1-/, ''));
    const version = parsed && parseGoVersion(parsed.goVersion);
    if (!version || parsed.platform.os !== os || parsed.platform.arch !== arch) return [];
    return [{ version, goVersion: parsed.goVersion, goRoot: join(folder, name), from: 'module' as const }];
  });
  return found.sort((a, b) => compareGoVersions(b.version, a.version));
}

async function modCacheOf(env: Environment): Promise<string> {
  return (await readSettings(undefined, env)).settings('GOMODCACHE').value;
}

async function findWanted(constraint: GoConstraint, env: Environment): Promise<FoundRelease | undefined> {
  const installed = await findInstalledToolchain(constraint);
  if (installed) return { goRoot: installed.dir, goVersion: installed.goVersion, from: 'installed' };
  const inPath = await findReleaseInPath(env);
  if (inPath && satisfies(inPath.goVersion, constraint)) return inPath;
  const modules = await listModuleReleases(await modCacheOf(env));
  return modules.find(({ goVersion }) => satisfies(goVersion, constraint));
}

/**
 * The release to build with: the one that is asked for, from gofleet's own, the `go` in PATH or the module cache; else the one in PATH.
 * @throws `cli.toolchain-missing`, `cli.no-go`, `base.malformed-go-constraint`
 */
export async function findRelease(wanted: string | undefined, env: Environment): Promise<FoundRelease> {
  const found =
    wanted === undefined ? await findReleaseInPath(env) : await findWanted(parseGoConstraint(wanted), env);
  if (found) return found;
  if (wanted === undefined) {
    throw new GofleetError('cli.no-go', 'there is no go command in PATH, and no release was named', {
      hint: 'name one with --go, or install one: gofleet toolchain install stable',
    });
  }
  throw new GofleetError('cli.toolchain-missing', `Go ${wanted} is not on this machine`, {
    facts: { wanted },
    hint: `gofleet toolchain install ${/^[\w.]+$/.test(wanted) ? wanted.replace(/^go/, '') : `'${wanted}'`}`,
  });
}

/** Another tree of this machine that carries the same version; its compiler may be another one. */
async function sameVersion(
  { goRoot, goVersion }: FoundRelease,
  env: Environment,
): Promise<string | undefined> {
  const version = goVersion.replace(/^go/, '');
  if (!/^\d[\w.]*$/.test(version)) return undefined;
  const constraint = parseGoConstraint(`=${version}`);
  const installed = await findInstalledToolchain(constraint);
  if (installed && installed.dir !== goRoot) return installed.dir;
  const modules = await listModuleReleases(await modCacheOf(env));
  return modules.find((each) => each.goVersion === goVersion && each.goRoot !== goRoot)?.goRoot;
}

/** A verified tree that carries the version of a release but has another compiler; with the first digits of the release's own. */
export async function findRival(
  release: FoundRelease,
  env: Environment,
): Promise<{ readonly goRoot: string; readonly compilerMark: string } | undefined> {
  if (release.from !== 'path') return undefined;
  const other = await sameVersion(release, env);
  if (other === undefined) return undefined;
  const hash = (goRoot: string) =>
    hashFile(compilerPath(goRoot)).then(
      ({ sha256 }) => sha256,
      () => undefined,
    );
  const [mine, theirs] = [await hash(release.goRoot), await hash(other)];
  if (mine === undefined || theirs === undefined || mine === theirs) return undefined;
  return { goRoot: other, compilerMark: `${release.goVersion}-${mine.slice(0, 8)}` };
}
