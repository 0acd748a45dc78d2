import { spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgramRun } from '../run-program.ts';
import { type HostEntry, planSandbox, type SandboxBind, type SandboxStep } from './plan-sandbox.ts';

/** What a program in a sandbox may see and use. */
export interface SandboxLimits {
  /** An empty directory of this machine, on which the sandbox's root is mounted. */
  readonly root: string;
  readonly binds: readonly SandboxBind[];
  /** The largest file that may be written. */
  readonly fileBytes: number;
  /** What each process may have of writable memory that is its own; Go reserves much more address space than it uses. */
  readonly dataBytes?: number;
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** In namespaces of its own: mounts, network (none), processes; as a user who is not root, users too. */
function unshareFlags(): string[] {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  return [...user, '--mount', '--net', '--pid', '--fork', '--kill-child'];
}

let available: boolean | undefined;

/** What a sandbox is made of; where one of it is forbidden, as in most containers, there is none. */
const probe = 'mount -t tmpfs tmpfs /mnt && mkdir /mnt/proc && mount -t proc proc /mnt/proc';

/** Whether this machine lets this user make the namespaces and mounts that a sandbox is made of. */
export function canSandbox(): boolean {
  available ??=
    process.platform === 'linux' &&
    spawnSync('unshare', [...unshareFlags(), '/bin/sh', '-c', probe], { timeout: 10_000 }).status === 0;
  return available;
}

function listHost(path: string): readonly HostEntry[] {
  try {
    return readdirSync(path, { withFileTypes: true }).map((entry) => {
      const { name } = entry;
      if (entry.isSymbolicLink()) return { name, kind: 'link', to: readlinkSync(join(path, name)) };
      return { name, kind: entry.isDirectory() ? 'directory' : 'file' };
    });
  } catch {
    return [];
  }
}

function renderStep(step: SandboxStep, root: string): string {
  const target = quote(`${root}${step.target}`);
  if (step.kind === 'directory') return `mkdir -p ${target}`;
  if (step.kind === 'link') return `ln -s ${quote(step.to)} ${target}`;
  const source = quote(step.source);
  const place = `if [ -d ${source} ]; then mkdir -p ${target}; else : > ${target}; fi`;
  const readOnly = step.writable ? '' : `\nmount -o remount,bind,ro ${target}`;
  return `[ -e ${target} ] || { ${place}; }\nmount --bind ${source} ${target}${readOnly}`;
}

function renderScript({ root, binds, fileBytes, dataBytes }: SandboxLimits): string {
  const at = (path: string): string => quote(`${root}${path}`);
  return [
    'set -e',
    `mount -t tmpfs -o size=64m,mode=755 tmpfs ${quote(root)}`,
    `mkdir ${at('/proc')} ${at('/dev')} ${at('/tmp')}`,
    `mount -t proc proc ${at('/proc')}`,
    ...['null', 'zero', 'random', 'urandom'].map(
      (name) => `: > ${at(`/dev/${name}`)}; mount --bind /dev/${name} ${at(`/dev/${name}`)}`,
    ),
    ...planSandbox(binds, { list: listHost }).map((step) => renderStep(step, root)),
    `ulimit -f ${Math.ceil(fileBytes / 512)}`,
    ...(dataBytes === undefined ? [] : [`ulimit -d ${Math.ceil(dataBytes / 1024)}`]),
    'chroot=$(PATH="$PATH:/usr/sbin:/sbin" command -v chroot)',
    `exec "$chroot" ${quote(root)} /bin/sh -c 'cd "$1" && shift && exec "$@"' sh "$@"`,
  ].join('\n');
}

/**
 * The same run in a sandbox: it sees the system's programs read-only and what is bound, reaches no network, and what it starts
 * ends with it. `program` and `directory` are paths inside.
 */
export function sandboxed(run: ProgramRun, limits: SandboxLimits): ProgramRun {
  const script = renderScript(limits);
  return {
    ...run,
    program: 'unshare',
    argv: [...unshareFlags(), '/bin/sh', '-c', script, 'sandbox', run.directory, run.program, ...run.argv],
    directory: '/',
  };
}
