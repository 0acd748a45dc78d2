import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import type { LabProgress } from './progress.ts';
import { runProgram } from './run-program.ts';

/** A program that a lab needs and does not build, and the Debian package that has it. */
interface Needed {
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
  if (process.getuid?.() !== 0) {
    throw new GofleetError('lab.not-root', `lab: expected to run as root, found user ${process.getuid?.()}`, {
      hint: 'namespaces, mounts and cgroups need root: run it with sudo, or in a virtual machine',
    });
  }
  const packages = missingPackages();
  if (packages.length === 0) return;
  onProgress?.({ step: `install ${packages.join(' ')} with apt-get` });
  const goIsMissing = packages.includes('golang-go');
  if (!goIsMissing && findProgram('apt-get')) await install(packages);
  const still = missingPackages();
  if (still.length === 0) return;
  throw new GofleetError(
    'lab.missing-program',
    `lab: expected the programs of ${still.join(', ')}, found some of them missing`,
    {
      facts: { packages: still.join(' ') },
      hint: goIsMissing
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

async function install(packages: string[]): Promise<void> {
  process.stderr.write(`lab: installing with apt-get: ${packages.join(' ')}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const patient = ['-o', 'DPkg::Lock::Timeout=300'];
  const argv = ['apt-get', ...patient, 'install', '-y', '--no-install-recommends', ...packages];
  if ((await runProgram(argv, { env })).code === 0) return;
  await runProgram(['apt-get', ...patient, 'update'], { env });
  await runProgram(argv, { env });
}
