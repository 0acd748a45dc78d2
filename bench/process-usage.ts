import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** What a process has used until now. */
export interface Usage {
  readonly cpuS: number;
  /** The most that it ever had, in millions of bytes. */
  readonly peakRssMB: number;
}

/** @see proc_pid_stat(5) */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** @see proc_pid_status(5) */
export function usageOf(pid: number): Usage {
  const peakKiB = /^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpuS: cpuSecondsOf(pid), peakRssMB: Math.round((Number(peakKiB) * 1024) / 1e6) };
}

function argumentsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** CPU seconds that a lab's API server has used until now: it runs on this machine, and its arguments name the lab's folder. */
export function apiServerCpuS(lab: string): number {
  const pids = readdirSync('/proc').filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    const [program = '', ...rest] = argumentsOf(entry);
    return basename(program) === 'kube-apiserver' && rest.some((each) => each.includes(`/clusters/${lab}/`));
  });
  return pids.reduce((sum, pid) => sum + cpuSecondsOf(Number(pid)), 0);
}
