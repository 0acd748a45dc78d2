import type { RelinkOriginal } from './relink-original.ts';

/** One run of the `go` command. */
export interface GoBuildStep {
  /** The release that builds: the value of GOTOOLCHAIN. */
  readonly goVersion: string;
  /** What follows `go`. */
  readonly argv: readonly string[];
  /** What the recipe sets; sorted by name. The runner adds directories, proxy and the rest of a clean environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Name of the executable that it makes. */
  readonly output: string;
}

/** Flags that `go install` takes as recorded, in the order that the `go` command records them. */
const flagSettings = ['-asmflags', '-buildmode', '-gcflags', '-gccgoflags', '-ldflags', '-tags'] as const;
const switchSettings = ['-asan', '-cover', '-msan', '-race', '-trimpath'] as const;

/** Environment that decides what is compiled, besides GOOS and GOARCH. */
const envSettings = new Set([
  ...['CGO_ENABLED', 'CGO_CFLAGS', 'CGO_CPPFLAGS', 'CGO_CXXFLAGS', 'CGO_LDFLAGS', 'GOFIPS140'],
  ...['GO386', 'GOAMD64', 'GOARM', 'GOARM64', 'GOMIPS', 'GOMIPS64', 'GOPPC64', 'GORISCV64', 'GOWASM'],
]);

/** `exe` is recorded when no mode was named; naming it is another link action to the `go` command. */
function isDefault(name: string, value: string): boolean {
  return name === '-buildmode' && value === 'exe';
}

function flagsOf({ settings }: RelinkOriginal, linkFlags: string): string[] {
  const switches = switchSettings.filter((name) => settings[name] === 'true');
  const recorded: Readonly<Record<string, string | undefined>> = {
    ...settings,
    '-ldflags': linkFlags,
  };
  const flags = flagSettings.flatMap((name) => {
    const value = recorded[name];
    return value === undefined || value === '' || isDefault(name, value) ? [] : [`${name}=${value}`];
  });
  return [...switches, ...flags];
}

function envOf(
  { settings, os, arch }: RelinkOriginal,
  { release, experiments }: { readonly release: string; readonly experiments: string },
): Record<string, string> {
  const recorded = Object.entries(settings).filter(([name]) => envSettings.has(name));
  const experiment = settings.GOEXPERIMENT ?? experiments;
  const env = {
    ...Object.fromEntries(recorded),
    GOARCH: arch,
    GOOS: os,
    GOTOOLCHAIN: release,
    ...(experiment === '' ? {} : { GOEXPERIMENT: experiment }),
  };
  return Object.fromEntries(Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The name that `go install` gives the executable of a package. @see Go cmd/go/internal/load DefaultExecName (go1.26) */
function outputName(path: string, os: string): string {
  const parts = path.split('/');
  const last = parts.at(-1) ?? path;
  const name = parts.length > 1 && /^v[1-9][0-9]*$/.test(last) && last !== 'v1' ? parts.at(-2) : last;
  return `${name}${os === 'windows' ? '.exe' : ''}`;
}

/** The run of `go install path@version` that builds an original as it was recorded, with the given release. */
export function planGoBuild(
  original: RelinkOriginal,
  choice: { readonly release: string; readonly experiments: string; readonly linkFlags: string },
): GoBuildStep {
  const target = `${original.package}@${original.main?.version ?? ''}`;
  return {
    goVersion: choice.release,
    argv: ['install', ...flagsOf(original, choice.linkFlags), target],
    env: envOf(original, choice),
    output: outputName(original.package, original.os),
  };
}
