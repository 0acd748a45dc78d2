import { type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { GofleetError } from '@gofleet/base/errors';
import { containerdSocket } from './plan.ts';
import { isAlive } from './process-ref.ts';
import { findProgram, labPath } from './programs.ts';
import { type RunResult, runChecked, runProgram } from './run-program.ts';
import { type LabState, readState } from './state.ts';

/** How to run a program in a lab. */
export interface ExecOptions {
  /** `inherit` uses this process's own input and output; `capture` (the default) answers them. */
  stdio?: 'inherit' | 'capture';
  signal?: AbortSignal;
  cwd?: string;
}

/**
 * Runs a program inside a lab's network, mounts and process numbers, with `ctr` and `kubectl` in PATH; answers its exit
 * code and, when captured, its output.
 *
 * @throws GofleetError `lab.not-running`
 */
export async function labExec(
  name: string,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<RunResult> {
  const lab = await requireRunning(name);
  const inside = enter(lab, argv);
  const env = environment(lab);
  const common = { env, cwd: options.cwd ?? '/', ...(options.signal && { signal: options.signal }) };
  if (options.stdio !== 'inherit') return runProgram(inside, common);
  return { code: await runInherited(inside, common), stdout: '', stderr: '' };
}

/**
 * Runs the lab's own kubectl on this machine's side, as administrator.
 *
 * @throws GofleetError `lab.not-running`
 */
export async function labKubectl(
  name: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<RunResult> {
  const lab = await requireRunning(name);
  const cache = join(lab.dir, 'kubectl-cache');
  // Before 1.30 only the flag is heard.
  const flags = lab.kubernetes.startsWith('1.2') ? [`--cache-dir=${cache}`] : [];
  const argv = [join(lab.kubernetesPrograms, 'kubectl'), ...flags, ...args];
  const common = {
    env: { ...process.env, KUBECONFIG: lab.kubeconfig, KUBECACHEDIR: cache },
    ...(options.signal && { signal: options.signal }),
  };
  if (options.stdio !== 'inherit') return runProgram(argv, common);
  return { code: await runInherited(argv, common), stdout: '', stderr: '' };
}

/**
 * Puts images into a lab's node: docker-archive or OCI tars.
 *
 * @throws GofleetError `lab.not-running`, `lab.program-failed`, `lab.no-such-file`
 */
export async function labLoad(name: string, tars: readonly string[]): Promise<void> {
  const lab = await requireRunning(name);
  for (const tar of tars) {
    const stdin = openTar(tar);
    try {
      await runChecked(enter(lab, ['ctr', '-n', 'k8s.io', 'images', 'import', '-']), {
        env: environment(lab),
        stdin,
        cwd: '/',
      });
    } finally {
      closeSync(stdin);
    }
  }
}

function openTar(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new GofleetError('lab.no-such-file', `image ${path}: expected a tar that can be read, found none`, {
      facts: { path },
      cause,
    });
  }
}

async function requireRunning(name: string): Promise<LabState> {
  const lab = await readState(name);
  if (lab && isAlive(lab.processes.init)) return lab;
  throw new GofleetError('lab.not-running', `lab ${name}: expected it to be running, found that it is not`, {
    facts: { name },
    hint: `gofleet lab up --name ${name}`,
  });
}

function enter(lab: LabState, argv: readonly string[]): string[] {
  const target = String(lab.processes.init?.pid);
  return [
    findProgram('nsenter') ?? 'nsenter',
    '--target',
    target,
    '--net',
    '--mount',
    '--pid',
    '--',
    ...argv,
  ];
}

function environment(lab: LabState): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: labPath(lab.kubernetesPrograms, lab.containerdPrograms),
    KUBECONFIG: join(lab.dir, 'config', 'admin.kubeconfig'),
    CONTAINERD_ADDRESS: containerdSocket,
    CONTAINERD_NAMESPACE: 'k8s.io',
  };
}

function runInherited(argv: readonly string[], options: SpawnOptions): Promise<number> {
  const [program = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 137));
  });
}
