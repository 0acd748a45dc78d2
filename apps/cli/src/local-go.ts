import { homedir } from 'node:os';
import { join } from 'node:path';
import { GofleetError, isGofleetError } from '@gofleet/base/errors';
import { compareGoVersions, parseGoVersion } from '@gofleet/base/go-version';
import { hostPlatform, listInstalledToolchains } from '@gofleet/filesystem/toolchain-store';
import { findChecksumBypasses } from '@gofleet/resolve/toolchain/unsafe-bases';
import { askGo } from './ask-go.ts';

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
const hint = 'gofleet toolchain install stable, or name a newer go command in GOFLEET_GO';

async function ask(program: string): Promise<Record<string, string>> {
  const names = ['GOROOT', 'GOVERSION', 'GOMODCACHE', 'GOCACHE', ...moduleVariables];
  try {
    return await askGo(program, names);
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
 * Why a `go` command may not be the one that fetches other releases. Holes that take a hostile go.sum in the working directory do not
 * matter here: `go` is run in directories of our own.
 */
function checkBase(goRoot: string, goVersion: string): GofleetError | undefined {
  const facts = { goRoot, goVersion };
  const version = parseGoVersion(goVersion);
  const oldest = parseGoVersion('1.21.0');
  if (!version || !oldest) return undefined;
  if (compareGoVersions(version, oldest) < 0) {
    const message = `Go 1.21 or newer is needed to fetch other releases, found ${goVersion} in ${goRoot}`;
    return new GofleetError('cli.old-go', message, { facts, hint });
  }
  const [hole] = findChecksumBypasses(version).filter(({ needsHostileProject }) => !needsHostileProject);
  if (!hole) return undefined;
  const message = `the go command of ${goVersion} in ${goRoot} ${hole.what}, so it may not fetch other releases: ${hole.cve}, ${hole.issue}`;
  return new GofleetError('cli.unsafe-go', message, { facts: { ...facts, cve: hole.cve }, hint });
}

async function tryGo(program: string): Promise<LocalGo> {
  const told = await ask(program);
  const { GOROOT = '', GOVERSION = '', GOPROXY = '', GOSUMDB = '' } = told;
  const problem = checkBase(GOROOT, GOVERSION);
  if (problem) throw problem;
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

/** The `go` commands of the toolchains that gofleet installed for this machine, newest first. */
async function installedGos(): Promise<string[]> {
  const { os, arch } = hostPlatform();
  const all = await listInstalledToolchains();
  const here = all.filter(({ platform }) => platform.os === os && platform.arch === arch);
  return here.reverse().map(({ dir }) => join(dir, 'bin', 'go'));
}

/**
 * The Go of this machine: `GOFLEET_GO`, else `go` in PATH, past our own shims, else the newest toolchain that gofleet installed. It fetches and verifies the
 * releases that are asked for, so it has to be one that can.
 * @throws `cli.no-go`, `cli.old-go`, `cli.unsafe-go`
 */
export async function findLocalGo(): Promise<LocalGo> {
  if (process.env.GOFLEET_GO) return tryGo(process.env.GOFLEET_GO);
  let first: unknown;
  for (const program of ['go', ...(await installedGos())]) {
    try {
      return await tryGo(program);
    } catch (thrown) {
      if (!isGofleetError(thrown)) throw thrown;
      first ??= thrown;
    }
  }
  throw first;
}
