import { type GoVersion, parseGoVersion, renderGoVersion } from '@gofleet/base/go-version';
import { godebugTable } from './godebug-table.ts';
import { isKnownTo, type KnownSetting } from './known-setting.ts';

/** What GODEBUG is to do to a program. */
export interface GodebugWish {
  /** The minor whose defaults the program shall have: 22 means Go 1.22. */
  readonly profile?: number;
  /** Settings by name; they win over the profile. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The program that is to have it. */
export interface GodebugProgram {
  /** The release inside. */
  readonly goVersion: GoVersion;
  /** The defaults that its build chose, as build info has them: `DefaultGODEBUG`. */
  readonly defaults: Readonly<Record<string, string>>;
}

/** The value of GODEBUG, empty when there is nothing to set; or why Go would not do what is wished. */
export type GodebugPlan =
  | { readonly value: string; readonly problem?: undefined }
  | { readonly problem: string };

const byName = new Map(godebugTable.map((setting) => [setting.name, setting]));

/** The first minor whose table of settings is known. */
const firstMinor = 21;

/** The settings of a GODEBUG text; of one that is named twice, the last. @see Go src/internal/godebug/godebug.go, parse (go1.26) */
export function parseGodebug(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').flatMap((field): [string, string][] => {
    const at = field.indexOf('=');
    return at > 0 ? [[field.slice(0, at), field.slice(at + 1)]] : [];
  });
  return Object.fromEntries(pairs);
}

function knownBy(setting: KnownSetting): string {
  const minors = Object.keys(setting.known).map(Number);
  const [first = 0, last = 0] = [Math.min(...minors), Math.max(...minors)];
  const patch = setting.known[String(first)] ?? 0;
  const from = patch === 0 ? `1.${first}` : `1.${first}.${patch}`;
  return first === last ? `Go ${from} only` : `Go ${from} to 1.${last}`;
}

/** `cpu.all=off` and its like are read before the table is. @see Go src/internal/cpu/cpu.go, processOptions (go1.26) */
const cpuOption = /^cpu\.[a-z0-9]{1,16}$/;

function problemOf(name: string, value: string, { goVersion }: GodebugProgram): string | undefined {
  const release = renderGoVersion(goVersion);
  if (cpuOption.test(name))
    return /^(on|off)$/.test(value) ? undefined : `${name}=${value}: expected on or off`;
  const setting = byName.get(name);
  if (!setting)
    return `${name} is no setting of any Go from 1.${firstMinor} on, and would be ignored silently`;
  if (!isKnownTo(setting, goVersion))
    return `${name} is a setting of ${knownBy(setting)}; ${release} would ignore it silently`;
  // The runtime stops a program that asks for more.
  if (name === 'cgocheck' && !/^[01]$/.test(value)) return `cgocheck=${value}: expected 0 or 1`;
  if (setting.isNumeric && !/^-?\d{1,9}$/.test(value))
    return `${name}=${value}: the runtime reads a whole number, and would ignore this silently`;
  return /^[\w.+-]*$/.test(value) ? undefined : `${name}=${value}: expected a word or a number`;
}

/** What brings a setting to its newest behaviour: the runtime's own are numbers, for all others that is the empty text. */
function newValue({ isNumeric, old }: KnownSetting): string {
  if (!isNumeric) return '';
  return old === '0' ? '1' : '0';
}

/**
 * The settings that make a program behave as one of the profile's release by default, beyond what its own build chose.
 * @see Go src/cmd/go/internal/load/godebug.go, godebugForGoVersion (go1.26)
 */
function profileSettings(profile: number, { goVersion, defaults }: GodebugProgram): [string, string][] {
  return godebugTable.flatMap((setting): [string, string][] => {
    const { name, changed, old } = setting;
    const isRelevant = changed !== undefined && old !== undefined && !setting.package.startsWith('cmd/');
    if (!isRelevant || changed > goVersion.minor || !isKnownTo(setting, goVersion)) return [];
    const wanted = profile < changed ? old : newValue(setting);
    const built = defaults[name] ?? newValue(setting);
    return wanted === built ? [] : [[name, wanted]];
  });
}

/** GODEBUG for a program by a wish. Names that its Go does not know are a problem: Go ignores them without a word. */
export function planGodebug({ profile, settings }: GodebugWish, program: GodebugProgram): GodebugPlan {
  const release = renderGoVersion(program.goVersion);
  const { minor } = program.goVersion;
  const isAsked = (profile ?? minor) < minor || Object.keys(settings).length > 0;
  if (isAsked && minor < firstMinor)
    return { problem: `${release} has no table of GODEBUG settings, Go has one since 1.${firstMinor}` };
  if (profile !== undefined && profile > minor)
    return {
      problem: `${release} cannot behave as Go 1.${profile}: settings lead back, not forward; mode relink does`,
    };
  const problem = Object.entries(settings).flatMap(
    ([name, value]) => problemOf(name, value, program) ?? [],
  )[0];
  if (problem !== undefined) return { problem };
  const ofProfile = profile === undefined ? [] : profileSettings(profile, program);
  const all = { ...Object.fromEntries(ofProfile), ...settings };
  const pairs = Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1));
  return { value: pairs.map(([name, value]) => `${name}=${value}`).join(',') };
}

/** The minor of a plain version (`1.22`, `go1.22.5`); `undefined` for comparisons, which are no profile. */
export function parseProfile(goVersion: string): number | undefined {
  const version = parseGoVersion(goVersion);
  return version?.major === 1 && version.suffix === '' ? version.minor : undefined;
}
