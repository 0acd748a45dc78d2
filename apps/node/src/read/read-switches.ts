import { readFile } from 'node:fs/promises';

/** The entries of a `/proc` text whose fields end with a zero byte. */
async function readEntries(path: string): Promise<ReadonlySet<string>> {
  return new Set((await readFile(path, 'utf8')).split('\0'));
}

/**
 * Which of these arguments and `NAME=value` settings a process began with. Nothing else of its command line and environment is kept:
 * it may be secret. Rejects when the process is gone.
 * @see proc_pid_cmdline(5), proc_pid_environ(5)
 */
export async function readSwitches(
  procDir: string,
  pid: number,
  told: readonly string[],
): Promise<readonly string[]> {
  if (told.length === 0) return [];
  const [line, environment] = await Promise.all([
    readEntries(`${procDir}/${pid}/cmdline`),
    readEntries(`${procDir}/${pid}/environ`),
  ]);
  return told.filter((each) => (each.startsWith('-') ? line : environment).has(each));
}
