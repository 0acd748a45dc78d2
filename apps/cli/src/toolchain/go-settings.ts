import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { envFilePath, parseEnvFile } from '@gofleet/declare/go/env-file';
import { listInstalledToolchains } from '@gofleet/filesystem/toolchain-store';
import { parseKnownKeys } from '@gofleet/resolve/sumdb/gosumdb';
import { askGo } from '../ask-go.ts';

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

/** What a `go` command would say, were there one: the environment, then the file of `go env -w`. */
async function readSettings(): Promise<Told> {
  const path = envFilePath(process.env, process.platform);
  const text = path === undefined ? '' : await readFile(path, 'utf8').catch(() => '');
  const kept = parseEnvFile(text, path ?? '', 'last');
  return Object.fromEntries(names.map((name) => [name, process.env[name] || kept.get(name)?.value]));
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
  const told = await askGo(process.env.GOFLEET_GO ?? 'go', names).catch(readSettings);
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
