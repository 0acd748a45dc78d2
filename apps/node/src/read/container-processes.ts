import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

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

/** Synchronous: files of `/proc` never wait for a disk, and asynchronous reads of them cost twenty times the processor time. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Every failure means the same: the process is gone, or not ours to see.
    return undefined;
  }
}

function readProcess(procDir: string, pid: number): ContainerProcess | undefined {
  const stat = readIfThere(`${procDir}/${pid}/stat`);
  const status = readIfThere(`${procDir}/${pid}/status`);
  const startTime = stat === undefined ? undefined : parseStartTime(stat);
  if (startTime === undefined || status === undefined) return undefined;
  return { pid, startTime, isInit: parseInnermostPid(status) === 1 };
}

/** Processes that are looked at before others get their turn; about 5 ms. */
const turnLength = 128;

/** PID 1 of the container first, then by start. */
function byPrecedence(a: ContainerProcess, b: ContainerProcess): number {
  return Number(b.isInit) - Number(a.isInit) || a.startTime - b.startTime || a.pid - b.pid;
}

/**
 * The processes of each wanted container that has any, the main one first. One pass over `/proc`; processes that vanish
 * meanwhile are left out.
 * @param wanted - IDs, or `all`; a process in nested containers then belongs to the innermost
 */
export async function findContainerProcesses(
  wanted: ReadonlySet<string> | 'all',
  procDir = '/proc',
): Promise<Map<string, ContainerProcess[]>> {
  const found = new Map<string, ContainerProcess[]>();
  const pids = readdirSync(procDir).filter((name) => /^\d+$/.test(name));
  for (const [index, pid] of pids.entries()) {
    // Mounts must not wait for a crowded machine to be looked through.
    if (index % turnLength === turnLength - 1) await nextTurn();
    const cgroup = readIfThere(`${procDir}/${pid}/cgroup`);
    const id =
      cgroup && parseCgroupContainerIds(cgroup).findLast((each) => wanted === 'all' || wanted.has(each));
    const process = id ? readProcess(procDir, Number(pid)) : undefined;
    if (id && process) found.set(id, [...(found.get(id) ?? []), process].sort(byPrecedence));
  }
  return found;
}
