import { readdir, readFile } from 'node:fs/promises';

/** A process of a container. */
export interface ContainerProcess {
  readonly pid: number;
  /** Clock ticks after boot. */
  readonly startTime: number;
  /** Whether it is the first process of its container (PID 1 of its PID namespace). */
  readonly isInit: boolean;
}

/**
 * The container IDs (64 hexadecimal digits) that a `/proc/PID/cgroup` text names; of nested containers, the innermost
 * last. Works for the lines of cgroup v1 and v2, also when they are relative (`/../..`) to a cgroup namespace.
 * @see cgroups(7)
 */
export function parseCgroupContainerIds(text: string): string[] {
  const ids = new Set<string>();
  for (const line of text.split('\n')) {
    for (const [, id] of line.matchAll(/(?<![0-9a-f])([0-9a-f]{64})(?![0-9a-f])/g)) if (id) ids.add(id);
  }
  return [...ids];
}

/**
 * The start time of a `/proc/PID/stat` text, in clock ticks after boot; `undefined` when it has another shape. The
 * second field, the name, may hold spaces and parentheses.
 * @see proc_pid_stat(5)
 */
export function parseStartTime(stat: string): number | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[19]);
  return fields.length > 19 && Number.isInteger(ticks) ? ticks : undefined;
}

/** The process id inside its own PID namespace, of a `/proc/PID/status` text. @see proc_pid_status(5) */
export function parseInnermostPid(status: string): number | undefined {
  const ids = /^NSpid:\s*(.*)$/m.exec(status)?.[1]?.split(/\s+/);
  const innermost = Number(ids?.at(-1));
  return Number.isInteger(innermost) ? innermost : undefined;
}

async function readIfThere(path: string): Promise<string | undefined> {
  // Every failure means the same: the process is gone, or not ours to see.
  return await readFile(path, 'utf8').catch(() => undefined);
}

async function readProcess(procDir: string, pid: number): Promise<ContainerProcess | undefined> {
  const stat = await readIfThere(`${procDir}/${pid}/stat`);
  const status = await readIfThere(`${procDir}/${pid}/status`);
  const startTime = stat === undefined ? undefined : parseStartTime(stat);
  if (startTime === undefined || status === undefined) return undefined;
  return { pid, startTime, isInit: parseInnermostPid(status) === 1 };
}

/** PID 1 of the container first, then by start. */
function byPrecedence(a: ContainerProcess, b: ContainerProcess): number {
  return Number(b.isInit) - Number(a.isInit) || a.startTime - b.startTime || a.pid - b.pid;
}

/**
 * The processes of each wanted container that has any, the main one first. One pass over `/proc`; processes that vanish
 * meanwhile are left out.
 */
export async function findContainerProcesses(
  containerIds: ReadonlySet<string>,
  procDir = '/proc',
): Promise<Map<string, ContainerProcess[]>> {
  const found = new Map<string, ContainerProcess[]>();
  for (const name of await readdir(procDir)) {
    if (!/^\d+$/.test(name)) continue;
    const cgroup = await readIfThere(`${procDir}/${name}/cgroup`);
    const id = cgroup && parseCgroupContainerIds(cgroup).findLast((each) => containerIds.has(each));
    const process = id ? await readProcess(procDir, Number(name)) : undefined;
    if (id && process) found.set(id, [...(found.get(id) ?? []), process].sort(byPrecedence));
  }
  return found;
}
