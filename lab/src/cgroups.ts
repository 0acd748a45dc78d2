import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from './wait-until.ts';

/** A mounted cgroup hierarchy. */
export interface Hierarchy {
  mountPoint: string;
  /** What to mount to see it again: `cgroup` with controllers or a name, or `cgroup2`. */
  type: 'cgroup' | 'cgroup2';
  /** Mount options of version 1, e.g. `cpu` or `none,name=systemd`. */
  options: string;
}

/** Reads the cgroup hierarchies out of /proc/self/mountinfo. */
export function parseHierarchies(mountinfo: string): Hierarchy[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [type, , options = ''] = after.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') return [];
    const own = options
      .split(',')
      .filter((option) => !['rw', 'ro', 'xattr', 'release_agent'].includes(option.split('=')[0] ?? ''));
    const named = own.some((option) => option.startsWith('name='));
    const mountPoint = before.split(' ')[4] ?? '';
    return [
      { mountPoint, type, options: type === 'cgroup2' ? '' : [...(named ? ['none'] : []), ...own].join(',') },
    ];
  });
}

/** The cgroup hierarchies of this machine. */
export function hierarchies(): Hierarchy[] {
  const seen = new Set<string>();
  return parseHierarchies(readFileSync('/proc/self/mountinfo', 'utf8')).filter(
    ({ mountPoint }) => !seen.has(mountPoint) && seen.add(mountPoint),
  );
}

/** Makes a cgroup of that name at the top of each hierarchy; answers their folders. */
export async function createCgroups(name: string): Promise<string[]> {
  const made = hierarchies().map(async ({ mountPoint }) => {
    const dir = join(mountPoint, name);
    await mkdir(dir, { recursive: true });
    // A cpuset without processors and memory takes no process; version 1 does not inherit them.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const path = join(dir, file);
      if (
        existsSync(path) &&
        existsSync(join(mountPoint, file)) &&
        readFileSync(path, 'utf8').trim() === ''
      ) {
        writeFileSync(path, readFileSync(join(mountPoint, file), 'utf8'));
      }
    }
    return dir;
  });
  return Promise.all(made);
}

/** The folders of a cgroup and of all below it, deepest first, in every hierarchy. */
export function findCgroups(name: string): string[] {
  return hierarchies().flatMap(({ mountPoint }) => {
    const dir = join(mountPoint, name);
    return existsSync(dir) ? foldersBelow(dir) : [];
  });
}

function foldersBelow(dir: string): string[] {
  const inside = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...inside.flatMap((entry) => foldersBelow(join(dir, entry.name))), dir];
}

/** The processes in a cgroup and below it, in any hierarchy. */
export function processesInCgroup(name: string): number[] {
  const pids = findCgroups(name).flatMap((dir) => {
    try {
      return readFileSync(join(dir, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  });
  return [...new Set(pids)].filter((pid) => pid > 0);
}

/** Removes a cgroup and all below it in every hierarchy; the kernel needs a moment after the last process is gone. */
export async function removeCgroups(name: string): Promise<string[]> {
  const removed = new Set<string>();
  await waitUntil(
    async () => {
      for (const dir of findCgroups(name)) {
        await rmdir(dir).then(
          () => removed.add(dir),
          () => undefined,
        );
      }
      return findCgroups(name).length === 0;
    },
    { timeoutMs: 5_000, everyMs: 50 },
  );
  return [...removed];
}
