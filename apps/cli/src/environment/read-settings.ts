import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  type GoSettings,
  resolveSettings,
  type SettingSources,
} from '@gofleet/build/environment/go-settings';
import { type EnvFile, parseEnvFile } from '@gofleet/build/environment/parse-env-file';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the `go` command would read of this user. */
export interface UserSettings {
  readonly settings: GoSettings;
  /** The file of `go env -w`, when there is one. */
  readonly envFile: { readonly path: string; readonly content: EnvFile } | undefined;
}

/** Go's own directories of a user. @see package os: UserHomeDir, UserCacheDir, UserConfigDir (go1.26) */
function userDirectories(env: Environment): { home?: string; cache?: string; config?: string } {
  // Without HOME, os.homedir asks the password database, which Go does not.
  const home = env.HOME === undefined || env.HOME === '' ? undefined : homedir();
  if (process.platform === 'darwin') {
    return home === undefined
      ? {}
      : { home, cache: `${home}/Library/Caches`, config: `${home}/Library/Application Support` };
  }
  const cache = env.XDG_CACHE_HOME || (home && `${home}/.cache`);
  const config = env.XDG_CONFIG_HOME || (home && `${home}/.config`);
  return { ...(home ? { home } : {}), ...(cache ? { cache } : {}), ...(config ? { config } : {}) };
}

function envFilePath(env: Environment, config: string | undefined): string | undefined {
  if (env.GOENV === 'off') return undefined;
  if (env.GOENV) return env.GOENV;
  return config === undefined ? undefined : join(config, 'go', 'env');
}

async function readEnvFile(path: string | undefined): Promise<UserSettings['envFile']> {
  if (path === undefined) return undefined;
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : { path, content: parseEnvFile(text) };
}

/** The settings that the `go` command of a release would use here. @param goRoot - whose `go.env` has its defaults */
export async function readSettings(goRoot: string | undefined, env: Environment): Promise<UserSettings> {
  const { home, cache, config } = userDirectories(env);
  const envFile = await readEnvFile(envFilePath(env, config));
  const goroot = await readEnvFile(goRoot === undefined ? undefined : join(goRoot, 'go.env'));
  const sources: SettingSources = {
    environment: env,
    ...(envFile ? { envFile } : {}),
    ...(goroot ? { goroot } : {}),
    ...(cache === undefined ? {} : { userCacheDir: cache }),
    ...(home === undefined ? {} : { home }),
  };
  return { settings: resolveSettings(sources), envFile };
}
