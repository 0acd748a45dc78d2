import type { Place } from '../declaration.ts';
import { SourceText } from '../source-text.ts';

/** A setting of a Go environment file. */
export interface EnvSetting {
  readonly value: string;
  readonly place: Place;
}

/** Settings by name. Carriage returns belong to the values, as they do for Go. */
export type EnvSettings = ReadonlyMap<string, EnvSetting>;

/**
 * The settings of the file that `go env -w` writes, or of GOROOT/go.env. Lines that are none are passed over, as Go does.
 * @param repeated which of two settings of one name counts: `last` in the user's file, `first` in GOROOT/go.env
 * @see Go cmd/go/internal/cfg/cfg.go, readEnvFile (go1.26)
 */
export function parseEnvFile(text: string, file: string, repeated: 'first' | 'last'): EnvSettings {
  const settings = new Map<string, EnvSetting>();
  // Go does not look past a byte order mark: the line that has it is no setting.
  const source = new SourceText(file, text);
  let start = 0;
  for (const line of source.text.split('\n')) {
    const equals = line.indexOf('=');
    const name = line.slice(0, equals);
    const isSetting = equals >= 0 && /^[A-Z]/.test(line) && !(start === 0 && source.hasMark);
    if (isSetting && !(repeated === 'first' && settings.has(name))) {
      settings.set(name, { value: line.slice(equals + 1), place: source.placeAt(start + equals + 1) });
    }
    start += line.length + 1;
  }
  return settings;
}

/**
 * Where `go env -w` keeps its settings; `undefined` when there is no such file.
 * @see Go cmd/go/internal/cfg/cfg.go, EnvFile, and os.UserConfigDir (go1.26)
 */
export function envFilePath(
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
): string | undefined {
  if (env.GOENV) return env.GOENV === 'off' ? undefined : env.GOENV;
  if (platform === 'darwin') return env.HOME && `${env.HOME}/Library/Application Support/go/env`;
  if (env.XDG_CONFIG_HOME) {
    return env.XDG_CONFIG_HOME.startsWith('/') ? `${env.XDG_CONFIG_HOME}/go/env` : undefined;
  }
  return env.HOME ? `${env.HOME}/.config/go/env` : undefined;
}
