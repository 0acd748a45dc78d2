import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot } from '@gofleet/filesystem/cache-root';

const version = 'v1.57.0';

/** The syft program, built from the module proxy and kept; a first time takes minutes. */
export function ensureSyft(): string {
  const dir = join(cacheRoot(), 'bench-tools', `syft-${version}`);
  const program = join(dir, 'syft');
  if (existsSync(program)) return program;
  const env = { ...process.env, GOBIN: dir, GOFLAGS: '', CGO_ENABLED: '0' };
  const target = `github.com/anchore/syft/cmd/syft@${version}`;
  execFileSync('go', ['install', '-trimpath', target], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  return program;
}

/** Arguments that make syft look for Go programs in a directory and for nothing else. */
export function syftArguments(dir: string): string[] {
  return [
    'scan',
    `dir:${dir}`,
    '--override-default-catalogers',
    'go-module-binary-cataloger',
    '-o',
    'json',
    '-q',
  ];
}
