import type { Declaration, Place } from '../declaration.ts';
import { goverOfToolchain } from '../gover.ts';
import type { Environment, LocalGo } from '../ports.ts';
import { type EnvSettings, envFilePath, parseEnvFile } from './env-file.ts';
import { findGoMod, findGoWork, type GoFile, tempDirOf } from './find-go-files.ts';
import { parseGoToolchain } from './gotoolchain.ts';
import { type LookedUp, lookUp } from './look-up.ts';

/** Everything that the `go` command itself looks at before it chooses a toolchain. */
export interface GoInputs {
  /** Undefined when it is set nowhere, or to nothing. */
  readonly gotoolchain: Declaration | undefined;
  /** The value that counts: that of the declaration, else `auto` for a plain release, or nothing. */
  readonly setting: string;
  /** The value of GO111MODULE where it makes Go look at nothing. */
  readonly modulesOff: string | undefined;
  /** A GOWORK that Go refuses. */
  readonly badGowork: string | undefined;
  readonly work: GoFile | undefined;
  readonly mod: GoFile | undefined;
  /** The lines of the go.work or, without one, the go.mod. */
  readonly goLine: LookedUp | undefined;
  readonly toolchainLine: LookedUp | undefined;
}

/** What is looked at, and how. */
export interface GoQuestion {
  /** The directory and those above it. */
  readonly directories: readonly string[];
  readonly env: Environment;
  readonly platform: string;
  readonly localGo: LocalGo | undefined;
  /** Whether a version file decides which Go starts; its GOROOT/go.env is then that of a plain release. */
  readonly isPinned: boolean;
  readonly read: (path: string) => string | undefined;
  /** The same for files whose errors Go passes over. */
  readonly readQuietly: (path: string) => string | undefined;
}

const noSettings: EnvSettings = new Map();

function userSettings({ env, platform, readQuietly }: GoQuestion): EnvSettings {
  const path = envFilePath(env, platform);
  const text = path === undefined ? undefined : readQuietly(path);
  return path === undefined || text === undefined ? noSettings : parseEnvFile(text, path, 'last');
}

function rootSettings({ env, localGo, isPinned, readQuietly }: GoQuestion, user: EnvSettings): EnvSettings {
  if (isPinned) return noSettings;
  const goRoot = user.get('GOROOT')?.value || env.GOROOT || localGo?.goRoot;
  if (goRoot === undefined) return noSettings;
  const path = `${goRoot.replace(/\/+$/, '')}/go.env`;
  const text = readQuietly(path);
  return text === undefined ? noSettings : parseEnvFile(text, path, 'first');
}

function declare(value: string, place: Place): Declaration {
  const setting = parseGoToolchain(value);
  const name = 'refused' in setting ? 'local' : setting.minimum;
  const wish = name === 'local' ? ({ kind: 'local' } as const) : ({ kind: 'release', release: name } as const);
  return { source: 'GOTOOLCHAIN', what: 'GOTOOLCHAIN', value, wish, place };
}

/** The place of a variable. */
function variable(name: string, value: string): Place {
  return { file: 'environment', line: 1, column: name.length + 2, text: `${name}=${value}` };
}

/** What the settings say, the environment first. */
class Settings {
  readonly #env: Environment;
  readonly #user: EnvSettings;
  readonly #root: EnvSettings;

  constructor(question: GoQuestion) {
    this.#env = question.env;
    this.#user = userSettings(question);
    this.#root = rootSettings(question, this.#user);
  }

  get(name: string): { readonly value: string; readonly place: Place } | undefined {
    const value = this.#env[name];
    if (value) return { value, place: variable(name, value) };
    return this.#user.get(name) ?? this.#root.get(name);
  }
}

function isOff(value: string, mod: GoFile | undefined): boolean {
  if (value === '' || value === 'on') return false;
  return value !== 'auto' || mod === undefined;
}

/**
 * What the `go` command looks at before it chooses a toolchain, found as it finds it.
 * @see Go cmd/go/internal/toolchain/select.go, modGoToolchain, and cmd/go/internal/cfg/cfg.go, Getenv (go1.26)
 */
export function readGo(question: GoQuestion): GoInputs {
  const settings = new Settings(question);
  const gotoolchain = settings.get('GOTOOLCHAIN');
  const gowork = settings.get('GOWORK')?.value ?? '';
  const modules = settings.get('GO111MODULE')?.value ?? '';
  const { directories, localGo, isPinned, read, env } = question;
  const search = { directories, gowork, goRoot: localGo?.goRoot, tempDir: tempDirOf(env), read };
  const isRelative = !['', 'off', 'auto'].includes(gowork) && !gowork.startsWith('/');
  const work = isRelative ? undefined : findGoWork(search);
  const mod = findGoMod(search);
  const counting = work ?? mod;
  return {
    setting: gotoolchain?.value ?? (isPinned || !localGo ? 'auto' : ''),
    gotoolchain: gotoolchain?.value ? declare(gotoolchain.value, gotoolchain.place) : undefined,
    modulesOff: isOff(modules, mod) ? modules : undefined,
    badGowork: isRelative ? gowork : undefined,
    work,
    mod,
    goLine: counting && lookUp(counting.text, counting.path, 'go'),
    toolchainLine: counting && lookUp(counting.text, counting.path, 'toolchain'),
  };
}

/** A line of go.mod or go.work as a declaration. */
export function declareLine(
  source: 'go.mod' | 'go.work',
  what: 'go line' | 'toolchain line',
  { value, place }: LookedUp,
): Declaration {
  const version = what === 'go line' ? value : goverOfToolchain(value);
  const wish =
    version === '' || value === 'default'
      ? ({ kind: 'unknown' } as const)
      : ({ kind: 'constraint', constraint: `>=${version}` } as const);
  return { source, what, value, wish, place };
}
