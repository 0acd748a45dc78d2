import { createHash } from 'node:crypto';
import type { GoSettings } from './go-settings.ts';
import { hasDirect, withoutDirect } from './proxy-list.ts';
import type { Scenario } from './scenario.ts';
import { parseFlag, splitFlags } from './split-flags.ts';

/** One variable of an environment. */
export interface EnvironmentVariable {
  readonly name: string;
  /** `undefined`: the variable must not be there. */
  readonly value: string | undefined;
  /** Why it has this value. */
  readonly why: string;
}

/** The variables of a build, and the directories that must be there before. */
export interface EnvironmentPlan {
  readonly scenario: Scenario;
  readonly goVersion: string;
  readonly goRoot: string;
  readonly variables: readonly EnvironmentVariable[];
  /** In the work tree; to be made, and kept out of version control. */
  readonly directories: readonly string[];
}

/** What an environment is planned from. */
export interface EnvironmentRequest {
  readonly scenario: Scenario;
  /** The release's tree. */
  readonly goRoot: string;
  /** First line of its VERSION: `go1.26.8`. */
  readonly goVersion: string;
  /** Absolute; the caches of `ci` and `matrix` lie in it. */
  readonly workTree: string;
  /** PATH of the caller. */
  readonly path: string;
  readonly settings: GoSettings;
  /** The user's module cache, when it has downloads that a matrix can start from. */
  readonly sharedModules?: string;
  /** Set when the tree says the version of another tree of this machine but has another compiler: cache keys cannot tell. */
  readonly compilerMark?: string;
}

const set = (name: string, value: string | undefined, why: string): EnvironmentVariable => ({
  name,
  value: value === '' ? undefined : value,
  why,
});

/** PATH with the release's `go` first and no second mention of it. */
function pathWith(goRoot: string, path: string): string {
  const bin = `${goRoot}/bin`;
  return [bin, ...path.split(':').filter((entry) => entry !== bin && entry !== '')].join(':');
}

/** What is the user's business in every scenario: where modules come from and who vouches for them. */
function moduleVariables({ settings }: EnvironmentRequest): EnvironmentVariable[] {
  const names = ['GOSUMDB', 'GOPRIVATE', 'GONOPROXY', 'GONOSUMDB', 'GOINSECURE', 'GOAUTH', 'GOVCS'];
  return names.flatMap((name) => {
    const { value, from } = settings(name);
    const own = from === 'environment' || from === 'env-file';
    if (own) return [set(name, value, 'as you set it')];
    if (name === 'GOSUMDB' && value !== '') return [set(name, value, "the release's own")];
    return [];
  });
}

/** A directory beside another one; the same when it is that one already, from an environment that was set before. */
const beside = (path: string, suffix: string): string =>
  path.endsWith(`-${suffix}`) ? path : `${path}-${suffix}`;

function toolexecOf(settings: GoSettings): string | undefined {
  return splitFlags(settings('GOFLAGS').value)
    .map(parseFlag)
    .find(({ name }) => name === 'toolexec')?.value;
}

/**
 * The user's build cache. Releases share it safely: their version is part of every key. What is not part of any key gets
 * a directory of its own: a -toolexec program, and a compiler that carries the version of another one.
 * @see Go cmd/go/internal/cache hashSalt, cmd/go/internal/work toolID (go1.26)
 */
function localCache({ settings, compilerMark }: EnvironmentRequest): EnvironmentVariable {
  const { value } = settings('GOCACHE');
  const toolexec = toolexecOf(settings);
  if (toolexec !== undefined && toolexec !== '') {
    const mark = createHash('sha256').update(toolexec).digest('hex').slice(0, 8);
    return set(
      'GOCACHE',
      beside(value, `toolexec-${mark}`),
      '-toolexec is in no cache key: a cache of its own',
    );
  }
  if (compilerMark !== undefined) {
    const why = 'another compiler has the same version, and keys know only that: a cache of its own';
    return set('GOCACHE', beside(value, compilerMark), why);
  }
  return set('GOCACHE', value, 'shared by all releases: the version is part of every key');
}

function planLocal(request: EnvironmentRequest): EnvironmentVariable[] {
  const { settings } = request;
  return [
    set('GOROOT', undefined, 'go finds its own; a value left behind would break the next release'),
    localCache(request),
    set('GOMODCACHE', settings('GOMODCACHE').value, 'shared: modules are the same for every release'),
    set('GOTMPDIR', settings('GOTMPDIR').value, 'as you set it, else the system directory'),
    set('GOFLAGS', settings('GOFLAGS').value, 'as you set it'),
    set('GOPROXY', settings('GOPROXY').value, "as you set it, else the release's own"),
    ...moduleVariables(request),
  ];
}

const fileUrl = (path: string): string => `file://${path.split('/').map(encodeURIComponent).join('/')}`;

/** Where a job takes modules from. */
function proxyOf({ scenario, settings, sharedModules, workTree }: EnvironmentRequest): EnvironmentVariable {
  const proxies = withoutDirect(settings('GOPROXY').value);
  // In an environment that was set before, GOMODCACHE is a cell's own.
  const isOwn = sharedModules?.startsWith(`${workTree}/.`) === true;
  if (scenario === 'ci' || sharedModules === undefined || isOwn) {
    const why = hasDirect(proxies)
      ? 'yours; it names no proxy'
      : 'yours without "direct": version control hosts are never asked';
    return set('GOPROXY', proxies, why);
  }
  const shared = fileUrl(`${sharedModules}/cache/download`);
  return set('GOPROXY', proxies === '' ? shared : `${shared},${proxies}`, 'your downloads first, only read');
}

function planOwn(request: EnvironmentRequest): EnvironmentVariable[] {
  const { scenario, goRoot, goVersion, workTree } = request;
  const version = goVersion.replace(/^go/, '').replace(/[^\w.+-]+/g, '-');
  const suffix = scenario === 'matrix' ? `-${version}` : '';
  const own = (name: string): string => `${workTree}/.${name}${suffix}`;
  const where = scenario === 'matrix' ? 'one per release' : 'in the work tree, goes with it';
  return [
    set('GOROOT', goRoot, 'this release and no other'),
    set('GOENV', 'off', 'nothing of "go env -w" counts'),
    set('GOPATH', own('gopath'), `${where}; the checksum database's state lies here`),
    set('GOCACHE', own('gocache'), where),
    set('GOMODCACHE', own('modcache'), where),
    set('GOTMPDIR', own('gotmp'), where),
    set('TEST_TELEMETRY_DIR', own('gotelemetry'), "go's counters would go to your home"),
    set('GOBIN', undefined, 'programs go to GOPATH/bin'),
    set('GOWORK', undefined, 'go.work is looked for above the directory'),
    set('GOFLAGS', '-modcacherw', 'so that the module cache can be deleted like the rest'),
    proxyOf(request),
    ...moduleVariables(request),
  ];
}

/**
 * The environment of a scenario with a release: what to set, what to take away, and why.
 * @throws `build.malformed-goflags`
 */
export function planEnvironment(request: EnvironmentRequest): EnvironmentPlan {
  const { scenario, goRoot, goVersion, workTree, path } = request;
  const variables = [
    set('PATH', pathWith(goRoot, path), `go and gofmt of ${goVersion} come first`),
    set('GOTOOLCHAIN', 'local', 'go never switches to another release by itself'),
    ...(scenario === 'local' ? planLocal(request) : planOwn(request)),
  ];
  const directories = variables.flatMap(({ name, value }) =>
    value?.startsWith(`${workTree}/.`) === true && name !== 'PATH' ? [value] : [],
  );
  return { scenario, goVersion, goRoot, variables, directories: scenario === 'local' ? [] : directories };
}
