import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GofleetError } from '@gofleet/base/errors';
import { compareGoVersions, parseGoVersion } from '@gofleet/base/go-version';

/** The `go` command of this machine and what it is configured to ask. */
export interface LocalGo {
  readonly path: string;
  readonly goVersion: string;
  readonly goproxy: string;
  readonly gosumdb: string;
  /** GOMODCACHE. */
  readonly modCache: string;
  /** GOCACHE. */
  readonly buildCache: string;
  /** GOPROXY, GOSUMDB, GOPRIVATE and the like: where modules come from, who vouches for them, and how the network is reached. */
  readonly moduleEnv: Readonly<Record<string, string>>;
}

const moduleVariables = ['GOPROXY', 'GOSUMDB', 'GOPRIVATE', 'GONOPROXY', 'GONOSUMDB', 'GOINSECURE', 'GOAUTH'];
const networkVariables = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'NETRC'];
const hint = 'install Go 1.21 or newer and put it into PATH, or name it in GOFLEET_GO';

async function ask(program: string): Promise<Record<string, string>> {
  const names = ['GOROOT', 'GOVERSION', 'GOMODCACHE', 'GOCACHE', ...moduleVariables];
  try {
    const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '' };
    const { stdout } = await promisify(execFile)(program, ['env', '-json', ...names], {
      env,
      timeout: 20_000,
    });
    return JSON.parse(stdout) as Record<string, string>;
  } catch (cause) {
    throw new GofleetError('cli.no-go', `the go command cannot be run: ${program}`, {
      facts: { program },
      hint,
      cause,
    });
  }
}

function withValue(
  names: readonly string[],
  from: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => [name, from[name] ?? '']).filter(([, value]) => value !== ''),
  );
}

/** How this user reaches the network; the `go` command gets a home of its own and would not find the credentials. */
function networkEnv(): Record<string, string> {
  const names = networkVariables.flatMap((name) => [name, name.toLowerCase()]);
  return { NETRC: join(homedir(), '.netrc'), ...withValue(names, process.env) };
}

/**
 * The Go of this machine: `GOFLEET_GO`, else `go` in PATH. It fetches and verifies the releases that are asked for.
 * @throws `cli.no-go`, `cli.old-go`
 */
export async function findLocalGo(): Promise<LocalGo> {
  const program = process.env.GOFLEET_GO ?? 'go';
  const told = await ask(program);
  const { GOROOT = '', GOVERSION = '', GOPROXY = '', GOSUMDB = '' } = told;
  const version = parseGoVersion(GOVERSION);
  const oldest = parseGoVersion('1.21.0');
  if (version && oldest && compareGoVersions(version, oldest) < 0) {
    const message = `Go 1.21 or newer is needed to fetch other releases, found ${GOVERSION} in ${GOROOT}`;
    throw new GofleetError('cli.old-go', message, { facts: { goRoot: GOROOT, goVersion: GOVERSION }, hint });
  }
  return {
    path: `${GOROOT}/bin/go`,
    goVersion: GOVERSION,
    goproxy: GOPROXY,
    gosumdb: GOSUMDB,
    modCache: told.GOMODCACHE ?? '',
    buildCache: told.GOCACHE ?? '',
    moduleEnv: { ...networkEnv(), ...withValue(moduleVariables, told) },
  };
}
