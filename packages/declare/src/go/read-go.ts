import type { Declaration, Place } from '../declaration.ts';
import { goverOfToolchain, isComparable } from '../gover.ts';
import type { Environment, LocalGo } from '../ports.ts';
import { findGoMod, findGoWork, type GoFile, tempDirOf } from './find-go-files.ts';
import { parseGoToolchain } from './gotoolchain.ts';
import type { GoLines, LookedUp } from './look-up.ts';
import type { Settings } from './settings.ts';

/** Everything that the `go` command itself looks at before it chooses a toolchain; the lines are those of the go.work or, without one, the go.mod. */
export interface GoInputs extends GoLines {
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
}

/** What is looked at, and how. */
export interface GoQuestion {
  /** The directory and those above it. */
  readonly directories: readonly string[];
  readonly env: Environment;
  readonly localGo: LocalGo | undefined;
  /** Whether a version file decides which Go starts. */
  readonly isPinned: boolean;
  readonly settings: Settings;
  readonly lines: (file: GoFile) => GoLines;
  readonly read: (path: string) => string | undefined;
}

function declare(value: string, place: Place): Declaration {
  const setting = parseGoToolchain(value);
  const name = 'refused' in setting ? 'local' : setting.minimum;
  const wish =
    name === 'local' ? ({ kind: 'local' } as const) : ({ kind: 'release', release: name } as const);
  return { source: 'GOTOOLCHAIN', what: 'GOTOOLCHAIN', value, wish, place };
}

function isOff(value: string, mod: GoFile | undefined): boolean {
  if (value === '' || value === 'on') return false;
  return value !== 'auto' || mod === undefined;
}

/**
 * What the `go` command looks at before it chooses a toolchain, found as it finds it.
 * @see Go cmd/go/internal/toolchain/select.go, modGoToolchain, and cmd/go/internal/cfg/cfg.go, Getenv (go1.26)
 */
export function readGo({ directories, localGo, isPinned, settings, lines, read, env }: GoQuestion): GoInputs {
  const gotoolchain = settings.get('GOTOOLCHAIN');
  const gowork = settings.get('GOWORK')?.value ?? '';
  const modules = settings.get('GO111MODULE')?.value ?? '';
  const search = { directories, gowork, goRoot: settings.goRoot, tempDir: tempDirOf(env), read };
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
    ...(counting ? lines(counting) : { goLine: undefined, toolchainLine: undefined }),
  };
}

/** A line of go.mod or go.work as a declaration. */
export function declareLine(
  source: 'go.mod' | 'go.work',
  what: 'go line' | 'toolchain line',
  { value, place }: LookedUp,
): Declaration {
  const version = what === 'go line' ? value : goverOfToolchain(value);
  const wish = isComparable(version)
    ? ({ kind: 'constraint', constraint: `>=${version}` } as const)
    : ({ kind: 'unknown' } as const);
  return { source, what, value, wish, place };
}
