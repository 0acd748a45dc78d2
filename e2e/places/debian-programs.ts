import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
const apt = (...args: string[]): void => {
  execFileSync('apt-get', ['-o', 'DPkg::Lock::Timeout=600', ...args], { env, stdio: 'ignore' });
};

/** The path of a program, whose package is installed when it is not there. */
export async function ensureInstalled(program: string, name: string): Promise<string> {
  if (existsSync(program)) return program;
  apt('update');
  apt('install', '-y', '--no-install-recommends', name);
  return program;
}
