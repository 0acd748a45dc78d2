import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { GofleetError } from '@gofleet/base/errors';
import { findCgroups, processesInCgroup, removeCgroups } from './cgroups.ts';
import { removeMountPoints } from './mount-points.ts';
import { cgroupName, clusterDir } from './paths.ts';
import { findProcess, killProcess, type ProcessRef, processesWithSetting } from './process-ref.ts';
import { runProgram } from './run-program.ts';
import { readState } from './state.ts';
import { waitUntil } from './wait-until.ts';

/** The setting in the environment of each of a lab's own processes. */
export function labSetting(name: string): string {
  return `GOFLEET_LAB_DIR=${clusterDir(name)}`;
}

/** The processes of a lab: those marked by their environment or by its cgroup, which it shares with nobody. */
export function findLabProcesses(name: string): ProcessRef[] {
  const inCgroup = processesInCgroup(cgroupName(name)).flatMap((pid) => findProcess(pid) ?? []);
  const all = [...processesWithSetting(labSetting(name)), ...inCgroup];
  return [...new Map(all.map((ref) => [ref.pid, ref])).values()];
}

/** Mount points of this namespace inside the lab's folder. */
export function findLabMounts(name: string): string[] {
  const dir = clusterDir(name);
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  return points.filter((point) => point === dir || point.startsWith(`${dir}/`));
}

/**
 * What is on this machine of a lab, running or not: `process 12 (kubelet)`, `mount /…`, `cgroup /…`, `folder /…`. Its
 * network lives and dies with its processes.
 */
export function findLeftovers(name: string): string[] {
  const dir = clusterDir(name);
  return [
    ...findLabProcesses(name).map(({ pid }) => `process ${pid} (${nameOf(pid)})`),
    ...findLabMounts(name).map((point) => `mount ${point}`),
    ...findCgroups(cgroupName(name))
      .filter((path) => path.endsWith(`/${cgroupName(name)}`))
      .map((path) => `cgroup ${path}`),
    ...(existsSync(dir) ? [`folder ${dir}`] : []),
  ];
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '?';
  }
}

/**
 * Ends and removes everything of a lab, whatever state it is in; answers what there was. Call it under the lab's lock.
 *
 * @throws GofleetError `lab.not-cleaned` naming what would not go
 */
export async function cleanLab(name: string): Promise<string[]> {
  const found = findLeftovers(name);
  const { launcher, relay } = (await readState(name))?.processes ?? {};
  for (const ref of [launcher, relay]) if (ref) killProcess(ref);
  const gone = await waitUntil(() => killAll(name), { timeoutMs: 10_000, everyMs: 20 });
  if (gone) {
    await removeCgroups(cgroupName(name));
    for (const point of findLabMounts(name).toReversed()) await runProgram(['umount', '-l', point]);
    if (findLabMounts(name).length === 0) await removeFolder(clusterDir(name));
    await removeMountPoints();
  }
  const left = findLeftovers(name);
  if (left.length === 0) return found;
  throw new GofleetError(
    'lab.not-cleaned',
    `lab ${name}: expected nothing to be left, found ${left.join(', ')}`,
    {
      facts: { name, left: left.length },
      retry: 'later',
    },
  );
}

function killAll(name: string): boolean {
  const processes = findLabProcesses(name);
  for (const ref of processes) killProcess(ref);
  return processes.length === 0;
}

async function removeFolder(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}
