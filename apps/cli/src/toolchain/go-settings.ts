import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { listInstalledToolchains } from '@gofleet/filesystem/toolchain-store';
import { parseKnownKeys } from '@gofleet/resolve/sumdb/gosumdb';

/** What Go is configured to ask for toolchains, and which checksum databases an installed Go knows. */
export interface GoSettings {
  /** Empty when nothing is configured. */
  readonly goproxy: string;
  readonly gosumdb: string;
  readonly goModCache: string;
  readonly knownKeys: readonly string[];
}

const names = ['GOPROXY', 'GOSUMDB', 'GOMODCACHE', 'GOROOT'] as const;
type Told = Partial<Record<(typeof names)[number], string>>;

/** What the `go` command of this machine says; `undefined` when there is none. */
async function askGo(): Promise<Told | undefined> {
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '' };
  try {
    const { stdout } = await promisify(execFile)(process.env.GOFLEET_GO ?? 'go', ['env', '-json', ...names], {
      env,
      timeout: 20_000,
    });
    return JSON.parse(stdout) as Told;
  } catch {
    return undefined;
  }
}

/** The lines of Go's env file, which `go env -w` writes. @see Go cmd/go/internal/cfg/cfg.go EnvFile (go1.26) */
async function readEnvFile(): Promise<Told> {
  const { GOENV, XDG_CONFIG_HOME } = process.env;
  if (GOENV === 'off') return {};
  const path = GOENV || join(XDG_CONFIG_HOME || join(homedir(), '.config'), 'go', 'env');
  const text = await readFile(path, 'utf8').catch(() => '');
  return Object.fromEntries(
    [...text.matchAll(/^([A-Z0-9]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
}

async function keysBelow(goRoots: readonly string[]): Promise<string[]> {
  const sources = await Promise.all(
    goRoots.map((root) =>
      readFile(join(root, 'src/cmd/go/internal/modfetch/key.go'), 'utf8').catch(() => ''),
    ),
  );
  return [...new Set(sources.flatMap(parseKnownKeys))];
}

/**
 * From `go env` when there is a `go` command, else from the environment and Go's env file. `GOFLEET_GOSUMDB` comes before GOSUMDB: for
 * machines where modules go unchecked, which toolchains may not.
 */
export async function readGoSettings(): Promise<GoSettings> {
  const told = (await askGo()) ?? { ...(await readEnvFile()), ...process.env };
  const roots = [told.GOROOT ?? '', ...(await listInstalledToolchains()).map(({ dir }) => dir)].filter(
    Boolean,
  );
  return {
    goproxy: told.GOPROXY ?? '',
    gosumdb: process.env.GOFLEET_GOSUMDB || (told.GOSUMDB ?? ''),
    goModCache: told.GOMODCACHE ?? '',
    knownKeys: await keysBelow(roots),
  };
}
