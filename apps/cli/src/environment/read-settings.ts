import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { checkEnvFile, type EnvFileProblem } from '@gofleet/build/environment/check-env-file';
import {
  type GoSettings,
  resolveSettings,
  type SettingSources,
} from '@gofleet/build/environment/go-settings';
import { envFilePath, parseEnvFile } from '@gofleet/declare/go/env-file';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the `go` command would read of this user. */
export interface UserSettings {
  readonly settings: GoSettings;
  /** The file of `go env -w`, when there is one. */
  readonly envFile: { readonly path: string; readonly problems: readonly EnvFileProblem[] } | undefined;
}

/** Go's own directories of a user. @see package os: UserHomeDir, UserCacheDir (go1.26) */
function userDirectories(env: Environment): { home?: string; cache?: string } {
  // Without HOME, os.homedir asks the password database, which Go does not.
  const home = env.HOME === undefined || env.HOME === '' ? undefined : homedir();
  const caches = process.platform === 'darwin' ? 'Library/Caches' : '.cache';
  const own = process.platform === 'darwin' ? '' : env.XDG_CACHE_HOME;
  const cache = own || (home && `${home}/${caches}`);
  return { ...(home ? { home } : {}), ...(cache ? { cache } : {}) };
}

/** A file whose errors Go passes over. */
async function readQuietly(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : readFile(path, 'utf8').catch(() => undefined);
}

/** The settings that the `go` command of a release would use here. @param goRoot - whose `go.env` has its defaults */
export async function readSettings(goRoot: string | undefined, env: Environment): Promise<UserSettings> {
  const { home, cache } = userDirectories(env);
  const [userPath, rootPath] = [envFilePath(env, process.platform), goRoot && join(goRoot, 'go.env')];
  const [userText, rootText] = [await readQuietly(userPath), await readQuietly(rootPath)];
  const sources: SettingSources = {
    environment: env,
    ...(userPath && userText ? { envFile: parseEnvFile(userText, userPath, 'last') } : {}),
    ...(rootPath && rootText ? { goroot: parseEnvFile(rootText, rootPath, 'first') } : {}),
    ...(cache === undefined ? {} : { userCacheDir: cache }),
    ...(home === undefined ? {} : { home }),
  };
  const envFile = userPath && userText ? { path: userPath, problems: checkEnvFile(userText) } : undefined;
  return { settings: resolveSettings(sources), envFile };
}
