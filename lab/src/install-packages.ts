import { setTimeout as sleep } from 'node:timers/promises';
import { type RunResult, runProgram } from './run-program.ts';

const patienceMs = 300_000;
const pauseMs = 2_000;

/** APT itself waits for one of its three locks only, with an option; for the others here. */
async function apt(...argv: string[]): Promise<RunResult> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const end = await runProgram(['apt-get', '-o', 'DPkg::Lock::Timeout=300', ...argv], { env });
    const isLocked = end.stderr.includes('Could not get lock');
    if (!isLocked || performance.now() > deadline) return end;
    await sleep(pauseMs);
  }
}

/** Installs packages with apt-get, after looking for newer lists when it must; answers how that ended. */
export async function installPackages(names: readonly string[]): Promise<RunResult> {
  const argv = ['install', '-y', '--no-install-recommends', ...names];
  const first = await apt(...argv);
  if (first.code === 0) return first;
  await apt('update');
  return apt(...argv);
}
