import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { installPackages } from './install-packages.ts';
import type { LabProgress } from './progress.ts';

/** A program that a lab needs and does not build, and the Debian package that has it. */
export interface Needed {
  program: string;
  package: string;
}

const needed: readonly Needed[] = [
  { program: 'go', package: 'golang-go' },
  { program: 'etcd', package: 'etcd-server' },
  { program: 'runc', package: 'runc' },
  { program: 'nft', package: 'nftables' },
  { program: 'iptables', package: 'iptables' },
  { program: 'ip', package: 'iproute2' },
  { program: 'mount', package: 'mount' },
  { program: 'unshare', package: 'util-linux' },
  { program: 'nsenter', package: 'util-linux' },
];

const cniDirs = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'];
const searchPath = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The path of a program; `undefined` when it is in no folder of PATH or of the system's own. */
export function findProgram(program: string): string | undefined {
  return searchPath.map((dir) => join(dir, program)).find((path) => existsSync(path));
}

/** The folder that holds the CNI plugins; `undefined` when there is none. */
export function findCniDir(): string | undefined {
  return cniDirs.find((dir) =>
    ['ptp', 'portmap', 'host-local', 'loopback'].every((name) => existsSync(join(dir, name))),
  );
}

/** PATH for the lab's processes: the caller's, and the system's folders that a plain user's lacks. */
export function labPath(...first: string[]): string {
  return [...new Set([...first, ...searchPath])].filter((dir) => dir !== '').join(delimiter);
}

/**
 * Sees to it that every program a lab needs is there; what is missing is installed with apt-get when that can be done.
 *
 * @throws GofleetError `lab.not-root`, `lab.missing-program`
 */
export async function ensurePrograms(onProgress?: (event: LabProgress) => void): Promise<void> {
  requireRoot();
  await ensure(missingPackages(), onProgress);
  const still = missingPackages();
  if (still.length > 0) throw missingProgram(still);
}

/**
 * The path of a further program that something in a lab needs; its package is installed with apt-get when it is not there.
 *
 * @throws GofleetError `lab.missing-program`
 */
export async function labProgram(wanted: Needed): Promise<string> {
  if (findProgram(wanted.program) === undefined) await ensure([wanted.package]);
  const path = findProgram(wanted.program);
  if (path === undefined) throw missingProgram([wanted.package]);
  return path;
}

function requireRoot(): void {
  if (process.getuid?.() !== 0) {
    throw new GofleetError('lab.not-root', `lab: expected to run as root, found user ${process.getuid?.()}`, {
      hint: 'namespaces, mounts and cgroups need root: run it with sudo, or in a virtual machine',
    });
  }
}

/** A Go of the distribution would be too old: it is the user's to install, and the rest with it. */
const needsGo = (packages: readonly string[]): boolean => packages.includes('golang-go');

async function ensure(packages: readonly string[], onProgress?: (event: LabProgress) => void): Promise<void> {
  if (packages.length === 0) return;
  onProgress?.({ step: `install ${packages.join(' ')} with apt-get` });
  if (!needsGo(packages) && findProgram('apt-get')) await install(packages);
}

function missingProgram(still: readonly string[]): GofleetError {
  return new GofleetError(
    'lab.missing-program',
    `lab: expected the programs of ${still.join(', ')}, found some of them missing`,
    {
      facts: { packages: still.join(' ') },
      hint: needsGo(still)
        ? 'install Go 1.21 or newer from https://go.dev/dl, and the rest with: apt-get install '.concat(
            still.join(' '),
          )
        : `apt-get install --no-install-recommends ${still.join(' ')}`,
    },
  );
}

function missingPackages(): string[] {
  const missing = needed
    .filter(({ program }) => findProgram(program) === undefined)
    .map((entry) => entry.package);
  if (findCniDir() === undefined) missing.push('containernetworking-plugins');
  return [...new Set(missing)];
}

async function install(packages: readonly string[]): Promise<void> {
  process.stderr.write(`lab: installing with apt-get: ${packages.join(' ')}\n`);
  await installPackages(packages);
}
