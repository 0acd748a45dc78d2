import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { type GoConstraint, parseGoConstraint, satisfiesGoConstraint } from '@gofleet/base/go-constraint';
import { compareGoVersions, parseGoVersion } from '@gofleet/base/go-version';
import { findGoInPath } from '@gofleet/filesystem/go-in-path';
import { hashFile } from '@gofleet/filesystem/inspect-file';
import { compilerPath } from '@gofleet/filesystem/inspect-goroot';
import { findInstalledToolchain, hostPlatform, toolchainsRoot } from '@gofleet/filesystem/toolchain-store';
import { parseToolchainName } from '@gofleet/resolve/platform';
import { resolveGo } from '../shims/resolve-go.ts';
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

/** The release of the first `go` in PATH that is no shim; `undefined` when there is none. */
export function findReleaseInPath(env: Environment): FoundRelease | undefined {
  const found = findGoInPath(env.PATH ?? '');
  return found && { goRoot: found.goRoot, goVersion: found.goVersion, from: 'path' };
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

async function findFetched(constraint: GoConstraint, env: Environment): Promise<FoundRelease | undefined> {
  const releases = await listModuleReleases(await modCacheOf(env));
  return releases.find(({ goVersion }) => satisfies(goVersion, constraint));
}

async function findWanted(constraint: GoConstraint, env: Environment): Promise<FoundRelease | undefined> {
  const installed = await findInstalledToolchain(constraint);
  if (installed) return { goRoot: installed.dir, goVersion: installed.goVersion, from: 'installed' };
  const inPath = findReleaseInPath(env);
  if (inPath && satisfies(inPath.goVersion, constraint)) return inPath;
  return findFetched(constraint, env);
}

function missing(wanted: string, why: string): GofleetError {
  return new GofleetError('cli.toolchain-missing', `Go ${wanted} is not on this machine${why}`, {
    facts: { wanted },
    hint: `gofleet toolchain install ${/^[\w.]+$/.test(wanted) ? wanted.replace(/^go/, '') : `'${wanted}'`}`,
  });
}

/** The release that the files of a directory ask for, as its `go` command would be chosen. */
async function findDeclared(directory: string, env: Environment): Promise<FoundRelease> {
  const { target, missing: absent, reason, resolution } = await resolveGo(directory);
  if (target) {
    const isOurs = dirname(target.goRoot) === toolchainsRoot();
    return { goRoot: target.goRoot, goVersion: target.version, from: isOurs ? 'installed' : 'path' };
  }
  if (absent) {
    const fetched = await findFetched(parseGoConstraint(absent.version), env);
    const why = reason ? `, ${reason.file}:${reason.line} asks for it: ${reason.text}` : '';
    if (fetched) return fetched;
    throw missing(absent.version, why);
  }
  const refused = resolution.findings.find(({ severity }) => severity === 'error');
  throw new GofleetError(
    'cli.no-go',
    refused?.message ?? 'there is no go command in PATH, and nothing names a release',
    {
      hint: 'name a release with --go, or install one: gofleet toolchain install stable',
    },
  );
}

/**
 * The release to build with: the one that is asked for, from gofleet's own, the `go` in PATH or the module cache; without a
 * wish the one that the directory's files ask for.
 * @throws `cli.toolchain-missing`, `cli.no-go`, `base.malformed-go-constraint`
 */
export async function findRelease(
  wanted: string | undefined,
  directory: string,
  env: Environment,
): Promise<FoundRelease> {
  if (wanted === undefined) return findDeclared(directory, env);
  const found = await findWanted(parseGoConstraint(wanted), env);
  if (!found) throw missing(wanted, '');
  return found;
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
