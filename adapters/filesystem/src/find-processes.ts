import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** An executable that runs on this machine. */
export interface RunningFile {
  /** Where it can be read even when it is deleted, or seen by a container only: `/proc/PID/exe`. */
  readonly exe: string;
  /** As its processes see it. */
  readonly path: string;
  /** The processes that run it, in order. */
  readonly pids: readonly number[];
}

/** What runs, and how many processes could not be looked at. */
export interface RunningFiles {
  readonly files: readonly RunningFile[];
  readonly deniedProcesses: number;
}

const isDenied = (thrown: unknown): boolean =>
  ['EACCES', 'EPERM'].includes((thrown as NodeJS.ErrnoException).code ?? '');

/** The executables of all processes, each file once; threads of the kernel have none, and processes that end meanwhile are left out. */
export function findRunningFiles(procDir = '/proc'): RunningFiles {
  const found = new Map<string, { exe: string; path: string; pids: number[] }>();
  let deniedProcesses = 0;
  const pids = readdirSync(procDir).filter((name) => /^[0-9]+$/.test(name));
  for (const pid of pids.map(Number).sort((a, b) => a - b)) {
    const exe = join(procDir, String(pid), 'exe');
    try {
      const { dev, ino } = statSync(exe);
      const known = found.get(`${dev}:${ino}`);
      const path = known?.path ?? readlinkSync(exe).replace(/ \(deleted\)$/, '');
      found.set(`${dev}:${ino}`, { exe, path, ...known, pids: [...(known?.pids ?? []), pid] });
    } catch (thrown) {
      if (isDenied(thrown)) deniedProcesses += 1;
    }
  }
  return { files: [...found.values()], deniedProcesses };
}
