import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { moduleMirrorUrl } from './addresses.ts';
import { createCgroups, hierarchies } from './cgroups.ts';
import { labSetting } from './clean.ts';
import { readJson } from './json-file.ts';
import { createMountPoints } from './mount-points.ts';
import { type LabPlan, labFiles } from './plan.ts';
import { childOf, findProcess, type ProcessRef } from './process-ref.ts';
import * as render from './render-config.ts';
import { startError } from './start-error.ts';
import { type LabState, writeState } from './state.ts';
import { waitUntil } from './wait-until.ts';

// The shell puts itself into the lab's cgroups before there is a namespace, so that this cgroup becomes the namespace's root.
const launch = `while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done; shift; exec "$@"`;
// The first process of a PID namespace inherits the orphans; a waiting shell reaps them, node would not.
const init = '"$@" & wait $!';

/** Starts the processes of a lab whose files are written. They outlive this process. */
export async function launchLab(plan: LabPlan, caPem: string): Promise<LabState> {
  const files = labFiles(plan.dir);
  const state: LabState = {
    name: plan.name,
    kubernetes: plan.release.version,
    kubeconfig: files.kubeconfig,
    apiServer: '',
    dir: plan.dir,
    nodeName: plan.nodeName,
    moduleMirror: moduleMirrorUrl,
    processes: {},
    cgroup: plan.cgroup,
    kubernetesPrograms: plan.builds.kubernetes,
    containerdPrograms: plan.builds.containerd,
  };
  await writeState(state);
  await createMountPoints();
  const groups = await createCgroups(plan.cgroup);
  const unshare = [
    'unshare',
    '--net',
    '--mount',
    '--pid',
    '--cgroup',
    '--fork',
    '--kill-child',
    '--mount-proc',
  ];
  const supervisor = [process.execPath, entryPoint('supervisor'), files.plan];
  const launcher = spawnDetached(plan, 'supervisor', [
    'sh',
    '-c',
    launch,
    'sh',
    ...groups,
    '--',
    ...unshare,
    'sh',
    '-c',
    init,
    'sh',
    ...supervisor,
  ]);
  const relay = spawnDetached(plan, 'relay', [
    process.execPath,
    entryPoint('relay'),
    files.plan,
    String(launcher.pid),
  ]);
  state.processes = { ...refOf('launcher', launcher), ...refOf('relay', relay) };
  await writeState(state);
  await leaveRootOfUnifiedCgroup(groups, launcher.pid);
  const init1 = await waitUntil(() => childOf(launcher.pid ?? 0), { timeoutMs: 5_000, everyMs: 10 });
  const listening = await waitUntil(() => readJson<{ port: number }>(files.relay), {
    timeoutMs: 10_000,
    everyMs: 20,
  });
  if (!init1 || !listening) throw await startError(plan, 'its first processes did not come up');
  state.processes.init = init1;
  state.apiServer = `https://127.0.0.1:${listening.port}`;
  const kubeconfig = render.renderKubeconfig({
    name: `gofleet-${plan.name}`,
    server: state.apiServer,
    caPem,
    token: plan.adminToken,
  });
  await writeFile(files.kubeconfig, kubeconfig, { mode: 0o600 });
  await writeState(state);
  return state;
}

function refOf(role: string, child: ChildProcess): Record<string, ProcessRef> {
  const ref = child.pid === undefined ? undefined : findProcess(child.pid);
  return ref ? { [role]: ref } : {};
}

function spawnDetached(plan: LabPlan, log: string, argv: string[]): ChildProcess {
  const output = openSync(join(labFiles(plan.dir).logs, `${log}.log`), 'a');
  const [key = '', value = ''] = labSetting(plan.name).split(/=(.*)/s);
  const env = {
    ...(log === 'relay' ? process.env : withoutProxies(process.env)),
    PATH: plan.path,
    [key]: value,
  };
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { detached: true, stdio: ['ignore', output, output], env, cwd: '/' });
  child.on('error', () => undefined);
  child.unref();
  return child;
}

// Inside there is no way out, and the API server must not be asked for through a proxy.
function withoutProxies(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([key]) => !/^(https?|all|no)_proxy$/i.test(key)));
}

// From a bundle, too: there this file is somewhere else, but the package is found by its name.
function entryPoint(name: 'supervisor' | 'relay'): string {
  return createRequire(import.meta.url).resolve(`@gofleet/lab/${name}`);
}

async function leaveRootOfUnifiedCgroup(groups: string[], pid: number | undefined): Promise<void> {
  if (!hierarchies().some((one) => one.mountPoint === '/sys/fs/cgroup' && one.type === 'cgroup2')) return;
  for (const group of groups) {
    await mkdir(join(group, 'launcher'), { recursive: true });
    await writeFile(join(group, 'launcher', 'cgroup.procs'), String(pid)).catch(() => undefined);
  }
}
