import type { EnvSettings } from '@gofleet/declare/go/env-file';

/** The value of a setting and where it was set. */
export interface Setting {
  readonly value: string;
  readonly from: 'environment' | 'env-file' | 'goroot' | 'default';
  /** Of the file that sets it. */
  readonly file?: string;
  readonly line?: number;
}

/** Where settings come from, the strongest first: the environment, the file of `go env -w`, `go.env` of the release. */
export interface SettingSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly envFile?: EnvSettings;
  readonly goroot?: EnvSettings;
  /** os.UserCacheDir and os.UserHomeDir; absent when the user has none. */
  readonly userCacheDir?: string;
  readonly home?: string;
}

/** What a setting is for the `go` command of this user. */
export type GoSettings = (name: string) => Setting;

/** An empty value in the user's file keeps that of the release from counting. */
function fromFiles(name: string, { envFile, goroot }: SettingSources): Setting | undefined {
  const own = envFile?.get(name);
  const { value, place } = own ?? goroot?.get(name) ?? {};
  if (!value || !place) return undefined;
  return { value, from: own ? 'env-file' : 'goroot', file: place.file, line: place.line };
}

/** Defaults that the `go` command derives from other settings. @see Go cmd/go/internal/cfg, cache.DefaultDir (go1.26) */
function defaultOf(name: string, sources: SettingSources, settings: GoSettings): string {
  const { userCacheDir, home } = sources;
  if (name === 'GOCACHE') return userCacheDir === undefined ? '' : `${userCacheDir}/go-build`;
  if (name === 'GOPATH') return home === undefined ? '' : `${home}/go`;
  if (name === 'GOMODCACHE') {
    const first = settings('GOPATH').value.split(':')[0] ?? '';
    return first === '' ? '' : `${first}/pkg/mod`;
  }
  if (name === 'GONOPROXY' || name === 'GONOSUMDB') return settings('GOPRIVATE').value;
  return '';
}

/** Every setting of the `go` command, as it would find it; an empty variable counts as not set. */
export function resolveSettings(sources: SettingSources): GoSettings {
  const settings: GoSettings = (name) => {
    const set = sources.environment[name];
    if (set !== undefined && set !== '') return { value: set, from: 'environment' };
    return fromFiles(name, sources) ?? { value: defaultOf(name, sources, settings), from: 'default' };
  };
  return settings;
}
