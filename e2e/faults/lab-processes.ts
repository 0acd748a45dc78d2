import { readdirSync, readFileSync } from 'node:fs';
import type { LabState } from '@gofleet/lab/lab';

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Process numbers, as this machine has them, of what runs in a lab and has such arguments and such a cgroup. */
export function processesOf(
  { cgroup }: LabState,
  { argv = () => true, within = '' }: { argv?: (argv: readonly string[]) => boolean; within?: string },
): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const group = readIfThere(`/proc/${pid}/cgroup`);
      if (!group.includes(`/${cgroup}`) || !group.includes(within)) return false;
      const words = readIfThere(`/proc/${pid}/cmdline`).split('\0');
      return words.length > 1 && argv(words);
    })
    .map(Number);
}

/** The processes of a component of the lab: `kube-apiserver`, `etcd`. */
export function componentProcesses(lab: LabState, name: string): readonly number[] {
  return processesOf(lab, { argv: ([program = '']) => program.endsWith(`/${name}`) });
}

/** The processes of a role of gofleet. */
export function roleProcesses(lab: LabState, role: string): readonly number[] {
  return processesOf(lab, {
    argv: (words) => words.some((word, at) => word.endsWith('/gofleet.mjs') && words[at + 1] === role),
  });
}

/** What a process holds in memory, in MiB; `undefined` when it is gone. @see proc_pid_status(5) */
export function residentMiB(pid: number): number | undefined {
  const kiB = /^VmRSS:\s*(\d+)/m.exec(readIfThere(`/proc/${pid}/status`))?.[1];
  return kiB === undefined ? undefined : Number(kiB) / 1024;
}

/** A variable of a process. */
export function variableOf(pid: number, name: string): string | undefined {
  const setting = readIfThere(`/proc/${pid}/environ`)
    .split('\0')
    .find((each) => each.startsWith(`${name}=`));
  return setting?.slice(name.length + 1);
}
