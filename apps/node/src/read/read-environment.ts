import { readFile } from 'node:fs/promises';
import { type RuntimeVariables, runtimeVariables } from '@gofleet/inject/runtime-variables';

const maxValueLength = 4096;

/**
 * Those variables of a `/proc/PID/environ` text that the Go runtime reads; of one that is there twice, the first. All others may be
 * secrets and are not looked at.
 * @see proc_pid_environ(5), Go src/runtime/runtime.go gogetenv (go1.26)
 */
export function parseEnvironment(environ: string): RuntimeVariables {
  const found: Record<string, string> = {};
  for (const entry of environ.split('\0')) {
    const name = runtimeVariables.find((each) => entry.startsWith(`${each}=`));
    if (name !== undefined) found[name] ??= entry.slice(name.length + 1, name.length + 1 + maxValueLength);
  }
  return found;
}

/** What a process began with of these variables; `undefined` when there is none of them. Rejects when the process is gone. */
export async function readEnvironment(procDir: string, pid: number): Promise<RuntimeVariables | undefined> {
  const found = parseEnvironment(await readFile(`${procDir}/${pid}/environ`, 'utf8'));
  return Object.keys(found).length === 0 ? undefined : found;
}
