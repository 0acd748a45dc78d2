import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
const aptOptions = ['-o', 'DPkg::Lock::Timeout=600'];

/** Sees to it that a file of a Debian package is there; returns its path. */
export async function ensureInstalled(path: string, name: string): Promise<string> {
  if (existsSync(path)) return path;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', [...aptOptions, 'update'], { env });
  await run('apt-get', [...aptOptions, 'install', '-y', '--no-install-recommends', name], { env });
  return path;
}

/** The `go` command of the release that the distribution packages beside its newest. */
export function debianGo(): Promise<string> {
  return ensureInstalled('/usr/lib/go-1.19/bin/go', 'golang-1.19-go');
}
