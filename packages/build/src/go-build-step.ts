import { namedFiles, type RelinkOriginal } from './relink-original.ts';

/** One run of the `go` command. */
export interface GoBuildStep {
  /** The release that builds: the value of GOTOOLCHAIN. */
  readonly goVersion: string;
  /** What follows `go`; `build` is given its output by the runner. */
  readonly argv: readonly string[];
  /** What the recipe sets; sorted by name. The runner adds directories, proxy and the rest of a clean environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Name of the executable that it makes. */
  readonly output: string;
}

/** How a main package is built in a work tree, besides what build info records. */
export interface TreeBuild {
  /**
   * Folder of the main package relative to its module's, `./cmd/serve`; an import path when it is of another module; the files
   * that it was given as.
   */
  readonly targets: readonly string[];
  /** Whether the tree is a git checkout whose facts get stamped. */
  readonly vcs: boolean;
  readonly vendored: boolean;
  /** Whether the tree's go.work counts. */
  readonly workspace: boolean;
  /** File that lays others over the tree's, for `-overlay`. */
  readonly overlay?: string;
  /** Profile relative to the module's folder, or `off`; absent leaves it to the `go` command. */
  readonly pgo?: string;
}

/** What one build of an original chooses. */
export interface BuildChoice {
  readonly release: string;
  readonly experiments: string;
  readonly linkFlags: string;
  /** Absent for `go install path@version`. */
  readonly tree?: TreeBuild;
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
  { release, experiments }: BuildChoice,
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

/** The folder of a main package relative to its module's. */
export function targetInTree({ package: path, main }: RelinkOriginal): string {
  if (path === main?.path) return '.';
  return path.startsWith(`${main?.path}/`) ? `./${path.slice((main?.path.length ?? 0) + 1)}` : path;
}

/** Neither is recorded nor part of any hash; both decide what gets recorded. */
function treeFlags({ vcs, vendored, workspace, pgo, overlay }: TreeBuild): string[] {
  const unvendored = workspace ? [] : ['-mod=readonly'];
  const over = overlay === undefined ? [] : [`-overlay=${overlay}`];
  return [
    `-buildvcs=${vcs}`,
    ...(vendored ? ['-mod=vendor'] : unvendored),
    ...over,
    ...(pgo === undefined ? [] : [`-pgo=${pgo}`]),
  ];
}

/**
 * The run of `go install` that builds an original as it was recorded, with the given release: in a work tree, else by
 * `path@version`. Files are not installed, but built.
 */
export function planGoBuild(original: RelinkOriginal, choice: BuildChoice): GoBuildStep {
  const { tree, release, linkFlags } = choice;
  const flags = flagsOf(original, linkFlags);
  const env = envOf(original, choice);
  return {
    goVersion: release,
    argv: tree
      ? [original.package === namedFiles ? 'build' : 'install', ...treeFlags(tree), ...flags, ...tree.targets]
      : ['install', ...flags, `${original.package}@${original.main?.version ?? ''}`],
    env: tree?.workspace ? { ...env, GOWORK: '' } : env,
    output: outputName(original.package, original.os),
  };
}
