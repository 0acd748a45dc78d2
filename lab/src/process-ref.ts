import { readdirSync, readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessRef {
  pid: number;
  /** Start time in clock ticks since boot: field 22 of /proc/PID/stat. */
  startTicks: number;
}

/** The process of that number as it is now; `undefined` when there is none, or only its exit status is left. */
export function findProcess(pid: number): ProcessRef | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name (field 2) stands in parentheses and may hold anything, parentheses too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return { pid, startTicks: Number(fields[19]) };
  } catch {
    return undefined;
  }
}

/** Whether that very process still runs. */
export function isAlive(ref: ProcessRef | undefined): ref is ProcessRef {
  return ref !== undefined && findProcess(ref.pid)?.startTicks === ref.startTicks;
}

/** Sends SIGKILL to that very process; answers whether it was there. */
export function killProcess(ref: ProcessRef): boolean {
  if (!isAlive(ref)) return false;
  try {
    process.kill(ref.pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

/** The first child of a process, as numbered here. */
export function childOf(pid: number): ProcessRef | undefined {
  try {
    const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0];
    return child ? findProcess(Number(child)) : undefined;
  } catch {
    return undefined;
  }
}

/** Every process whose environment holds exactly this setting (`NAME=value`), this one left out. */
export function processesWithSetting(setting: string): ProcessRef[] {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return numbers.flatMap((number) => {
    try {
      const settings = readFileSync(`/proc/${number}/environ`, 'latin1').split('\0');
      const found = settings.includes(setting) ? findProcess(Number(number)) : undefined;
      return found && found.pid !== process.pid ? [found] : [];
    } catch {
      return [];
    }
  });
}
