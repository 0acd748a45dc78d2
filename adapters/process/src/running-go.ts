import { readdir, readFile } from 'node:fs/promises';

/** The kernel's unit of process times on every Linux that user space sees. @see proc_pid_stat(5), USER_HZ */
const ticksPerSecond = 100;

/** Seconds since 1970 at which the machine was started. @see proc_stat(5) */
async function bootTime(): Promise<number | undefined> {
  const [, seconds] = /^btime (\d+)$/m.exec(await readFile('/proc/stat', 'utf8').catch(() => '')) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}

/** When a process began, in seconds since the machine was started, if it is a `go` command. @see proc_pid_stat(5) */
function parseStart(stat: string): number | undefined {
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  if (name !== 'go') return undefined;
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  return Number.isFinite(ticks) ? ticks / ticksPerSecond : undefined;
}

/** Go's own rule for caches that others may use: what was used within a day stays. @see Go cmd/go/internal/cache Close (go1.26) */
const ruleOfThumbMs = 24 * 60 * 60_000;

/**
 * When the oldest `go` command that runs on this machine began, in milliseconds since 1970, a second or two early; `undefined`
 * when none runs. Where processes cannot be seen (no /proc), a day ago.
 */
export async function oldestRunningGo(): Promise<number | undefined> {
  const boot = await bootTime();
  if (boot === undefined) return Date.now() - ruleOfThumbMs;
  const starts: number[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const start = parseStart(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
    if (start !== undefined) starts.push(start);
  }
  // Both times are rounded down to a second or less.
  return starts.length === 0 ? undefined : (boot + Math.min(...starts) - 2) * 1000;
}
