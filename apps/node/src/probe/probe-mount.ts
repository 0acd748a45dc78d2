import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { findMount } from '@gofleet/filesystem/mount-table';
import { bindFile, prepareReadOnlyView, readMounts, unbindFile } from '../mount/bind-file.ts';
import { pathsOf, readOnlyStore } from '../node-paths.ts';
import { probeExitCode, renderProbeProgram } from './probe-program.ts';

/** Whether a file that is mounted as artefacts are can be executed on this machine. */
export interface MountProbe {
  readonly node: string;
  readonly canExecute: boolean | 'unknown';
  /** Of the mount that was tried. */
  readonly mountOptions: readonly string[];
  /** Why it cannot be executed, or why that is not known. */
  readonly problem?: string;
}

function run(program: string): Promise<{ readonly exit: number | undefined; readonly problem: string }> {
  return new Promise((resolve) => {
    execFile(program, { timeout: 10_000 }, (error) => {
      const { code, message = '' } = (error ?? {}) as { code?: number | string; message?: string };
      resolve({ exit: typeof code === 'number' ? code : undefined, problem: String(code ?? message) });
    });
  });
}

async function execute(target: string): Promise<Omit<MountProbe, 'node'>> {
  const mountOptions = findMount(await readMounts(), target)?.options ?? [];
  const { exit, problem } = await run(target);
  if (exit === probeExitCode) return { canExecute: true, mountOptions };
  return {
    canExecute: false,
    mountOptions,
    problem: `a file mounted at ${target} cannot be executed: ${problem}`,
  };
}

/**
 * Mounts a program as artefacts are mounted, from the node plugin's store to a place below kubelet's folder, and executes it.
 * Nothing is left behind.
 * @throws `node.mount-failed`
 */
export async function probeMount(where: {
  readonly node: string;
  readonly kubeletDir: string;
}): Promise<MountProbe> {
  const { node, kubeletDir } = where;
  const program = renderProbeProgram(process.arch);
  if (!program) {
    const problem = `there is no probe program for ${process.arch}`;
    return { node, canExecute: 'unknown', mountOptions: [], problem };
  }
  const { storeDir, pluginDir } = pathsOf(kubeletDir);
  const name = `probe-${process.pid}`;
  const source = join(storeDir, 'tmp', name);
  const target = join(pluginDir, name);
  try {
    await mkdir(join(storeDir, 'tmp'), { recursive: true });
    await writeFile(source, program, { mode: 0o555 });
    await prepareReadOnlyView(storeDir, readOnlyStore);
    await bindFile(join(readOnlyStore, relative(storeDir, source)), target);
    return { node, ...(await execute(target)) };
  } finally {
    await unbindFile(target);
    await rm(source, { force: true });
  }
}
