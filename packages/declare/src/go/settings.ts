import type { Place } from '../declaration.ts';
import type { Environment, LocalGo } from '../ports.ts';
import { type EnvSettings, envFilePath, parseEnvFile } from './env-file.ts';

/** Where settings are looked for. */
export interface SettingsQuestion {
  readonly env: Environment;
  readonly platform: string;
  readonly localGo: LocalGo | undefined;
  /** Whether a version file decides which Go starts; its GOROOT/go.env is then that of a plain release. */
  readonly isPinned: boolean;
  /** Reads a file whose errors Go passes over. */
  readonly readQuietly: (path: string) => string | undefined;
}

const noSettings: EnvSettings = new Map();

function userSettings({ env, platform, readQuietly }: SettingsQuestion): EnvSettings {
  const path = envFilePath(env, platform);
  const text = path === undefined ? undefined : readQuietly(path);
  return path === undefined || text === undefined ? noSettings : parseEnvFile(text, path, 'last');
}

/** @see Go cmd/go/internal/cfg/cfg.go, findGOROOT (go1.26): the user's file counts before the environment */
function rootOf({ env, localGo }: SettingsQuestion, user: EnvSettings): string | undefined {
  const goRoot = user.get('GOROOT')?.value || env.GOROOT || localGo?.goRoot;
  return goRoot?.replace(/(?<=.)\/$/, '');
}

function rootSettings({ isPinned, readQuietly }: SettingsQuestion, goRoot: string | undefined): EnvSettings {
  if (isPinned || goRoot === undefined) return noSettings;
  const path = `${goRoot}/go.env`;
  const text = readQuietly(path);
  return text === undefined ? noSettings : parseEnvFile(text, path, 'first');
}

/** The place of a variable. */
function variable(name: string, value: string): Place {
  return { file: 'environment', line: 1, column: name.length + 2, text: `${name}=${value}` };
}

/**
 * What the environment, the user's file and GOROOT/go.env say, in this order.
 * @see Go cmd/go/internal/cfg/cfg.go, Getenv (go1.26)
 */
export class Settings {
  readonly #env: Environment;
  readonly #user: EnvSettings;
  readonly #root: EnvSettings;
  /** GOROOT of the Go that is started, unless a version file decides which. */
  readonly goRoot: string | undefined;

  constructor(question: SettingsQuestion) {
    this.#env = question.env;
    this.#user = userSettings(question);
    this.goRoot = rootOf(question, this.#user);
    this.#root = rootSettings(question, this.goRoot);
  }

  get(name: string): { readonly value: string; readonly place: Place } | undefined {
    const value = this.#env[name];
    if (value) return { value, place: variable(name, value) };
    return this.#user.get(name) ?? this.#root.get(name);
  }
}
