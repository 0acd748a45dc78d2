import { execFile } from 'node:child_process';
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
  /** GOPROXY, GOSUMDB, GOPRIVATE and the like: where modules come from and who vouches for them. */
  readonly moduleEnv: Readonly<Record<string, string>>;
}

const moduleVariables = ['GOPROXY', 'GOSUMDB', 'GOPRIVATE', 'GONOPROXY', 'GONOSUMDB', 'GOINSECURE'];
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
  const moduleEnv = moduleVariables
    .map((name) => [name, told[name] ?? ''])
    .filter(([, value]) => value !== '');
  return {
    path: `${GOROOT}/bin/go`,
    goVersion: GOVERSION,
    goproxy: GOPROXY,
    gosumdb: GOSUMDB,
    modCache: told.GOMODCACHE ?? '',
    buildCache: told.GOCACHE ?? '',
    moduleEnv: Object.fromEntries(moduleEnv),
  };
}
